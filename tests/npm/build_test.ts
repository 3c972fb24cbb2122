import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { PACKAGES } from "../../src/runtime/packages.ts";
import { filesIn } from "../../tools/build_npm.ts";
import { newFolder, run } from "./project.ts";

/** The package's sources. */
const SOURCES = [
  "deno.json",
  "deno.lock",
  "import_map.json",
  "mod.ts",
  "src",
  "tools",
  "README.md",
  "CHANGELOG.md",
  "LICENSE",
];

Deno.test("deno task npm makes the package in a folder with a space and an umlaut in its path, whatever was there", async () => {
  await using folder = await newFolder();
  for (const name of SOURCES) {
    const source = fileURLToPath(new URL(`../../${name}`, import.meta.url));
    await cp(source, `${folder.path}/${name}`, { recursive: true });
  }
  const path = `${folder.path}/npm`;
  await Deno.mkdir(`${path}/src`, { recursive: true });
  for (const name of ["mod.js", "src/old.js"]) {
    await Deno.writeTextFile(`${path}/${name}`, 'import "./gone.js";\n');
  }
  await run(Deno.execPath(), ["task", "npm"], folder.path);
  await assert.rejects(Deno.stat(`${path}/src/old.js`), Deno.errors.NotFound);
  const { exports, files, peerDependencies, peerDependenciesMeta } = JSON
    .parse(await Deno.readTextFile(`${path}/package.json`));
  // All packages that the code looks up are peers, none of which is installed for it.
  assert.deepEqual(peerDependencies, {
    ...PACKAGES,
    nsfwjs: "4.3.0",
    pg: ">=8.0.0",
    redis: ">=5.0.0",
  });
  for (const name of Object.keys(peerDependencies)) {
    assert.deepEqual(peerDependenciesMeta[name], { optional: true });
  }
  for (const target of Object.values<string | object>(exports)) {
    const paths = typeof target === "string" ? [target] : target;
    for (const it of Object.values(paths)) await Deno.stat(`${path}/${it}`);
  }
  for (const file of await filesIn(path)) {
    assert.ok((await Deno.stat(file)).size > 0, file);
    if (!file.endsWith(".js")) continue;
    const code = await Deno.readTextFile(file);
    for (const [, it] of code.matchAll(/^import .*"(\..*)";$/gm)) {
      await Deno.stat(posix.join(posix.dirname(file), it!));
    }
    for (const [, it] of code.matchAll(/\bimport\("([^.].*?)"/g)) {
      assert.ok(Object.hasOwn(peerDependencies, it!), `${file}: ${it}`);
    }
  }
  for (
    const name of [
      "LICENSE-libavif",
      "LICENSE-libwebp",
      "README.md",
      "mod.js",
      "wasm",
    ]
  ) {
    assert.ok(files.includes(name), name);
  }
  // console.log() shows an instance under this name, and bundling may rename a class.
  const { Classifier } = await import(`${pathToFileURL(path)}/mod.js`);
  assert.equal(Classifier.name, "Classifier");
});
