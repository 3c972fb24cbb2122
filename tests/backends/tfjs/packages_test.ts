import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import map from "../../../import_map.json" with { type: "json" };
import {
  foundTfjs,
  givenTfjs,
  VERSION,
} from "../../../src/backends/tfjs/packages.ts";
import { loadTfjs } from "../../../src/backends/tfjs/load_tfjs.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { tfjs } from "../../../src/f32.ts";
import { ENTRIES } from "../../../tools/entries.ts";
import { tf } from "../../tfjs.ts";

const tfjsImports = Object.fromEntries(
  Object.entries(map.imports)
    .filter(([name]) => /^@tensorflow\/[^/]+$/.test(name)),
);
const ROOT = new URL("../../../", import.meta.url);

Deno.test("only f32 imports packages, and those are tfjs", async () => {
  const graph = await moduleGraph();
  for (const [entry, path] of Object.entries(ENTRIES)) {
    const { code, types } = packagesOf(graph, new URL(path, ROOT).href);
    const tfjs = Object.values(tfjsImports).sort();
    assert.deepEqual(code, entry === "./f32" ? tfjs : [], entry);
    // Only type-checking a program that imports batch downloads types.
    if (entry !== "./batch") assert.deepEqual(types, [], entry);
  }
});

Deno.test("tfjs is found in the version that is imported by name", async () => {
  assert.deepEqual(
    Object.keys(tfjsImports).sort(),
    Object.keys(foundTfjs).map((it) =>
      `@tensorflow/tfjs-${it === "core" ? it : `backend-${it}`}`
    ).sort(),
  );
  for (const [name, target] of Object.entries(tfjsImports)) {
    assert.equal(target, `npm:${name}@${VERSION}`);
  }
  const core: unknown = await import("@tensorflow/tfjs-core");
  // A single module under all names: tfjs keeps its state in it.
  assert.equal(await foundTfjs.core(), core);
  assert.equal(await tfjs.core(), core);
  assert.equal(await foundTfjs.wasm(), await tfjs.wasm());
});

Deno.test("tfjs has all that its types here promise", async () => {
  const types = await Deno.readTextFile(
    new URL("src/backends/tfjs/types.ts", ROOT),
  );
  await loadTfjs("wasm");
  await tf.setBackend("wasm");
  const owners: Record<string, object> = {
    Tfjs: tf,
    Fused: tf.fused,
    Engine: tf.engine(),
    Tensor: tf.scalar(1),
  };
  for (const [name, owner] of Object.entries(owners)) {
    const [, body] = types.match(
      new RegExp(`interface ${name} {\n([^]*?)\n}`),
    )!;
    const members = body!.matchAll(/^ {2}(?:readonly )?(\w+)(?=[:(<])/gm);
    const names = [...members].map(([, member]) => member!);
    assert.ok(names.length > 0);
    for (const member of names) {
      assert.ok(member in owner, `${name}.${member}`);
    }
  }
});

Deno.test("givenTfjs() takes what has all packages, and nothing else", () => {
  assert.equal(givenTfjs("learn", undefined), foundTfjs);
  assert.equal(givenTfjs("learn", tfjs), tfjs);
  for (const wrong of [null, true, {}, { ...tfjs, cpu: undefined }]) {
    assert.throws(
      () => givenTfjs("learn", wrong as typeof tfjs),
      (error) =>
        error instanceof ArgumentError &&
        /^Cannot learn as tfjs must be the tfjs of @totem\/inception\/f32: /
          .test(error.message),
    );
  }
});

Deno.test("f32 is refused with what to do where tfjs isn't found", async () => {
  const empty = await Deno.makeTempDir();
  try {
    const { stdout } = await deno(
      ["run", "--no-lock", "--cached-only", "--allow-all", "-"],
      `import { load } from "${new URL("mod.ts", ROOT)}";
      import { narrowNetwork } from "${new URL(
        "tests/backends/simd/narrow_file.ts",
        ROOT,
      )}";
      await load(await narrowNetwork(), { backend: "wasm", precision: "f32" })
        .catch((error) => console.log(error.code, error.message));`,
      { DENO_DIR: empty },
    );
    assert.equal(
      stdout,
      `backend-unavailable Cannot run the network here:
  wasm f32: Cannot load npm:@tensorflow/tfjs-core@${VERSION}, on which f32 runs: it can't be loaded from npm (npm package not found in cache: "@tensorflow/tfjs-core", --cached-only is specified). Check the network, and HTTPS_PROXY if that is set
`,
    );
  } finally {
    await Deno.remove(empty, { recursive: true });
  }
});

/** The imports of a module. */
interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly Record<
    "code" | "type",
    { readonly specifier?: string } | undefined
  >[];
}

type Graph = ReadonlyMap<string, Module>;

/** All modules that the entries lead to, by address. */
async function moduleGraph(): Promise<Graph> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const imports = Object.values(ENTRIES)
      .map((path) => `import ${JSON.stringify(new URL(path, ROOT))};\n`);
    await Deno.writeTextFile(file, imports.join(""));
    // Without a lock, which would be listed as a whole.
    const args = ["info", "--json", "--no-lock", "--config=deno.json", file];
    const { modules } = JSON.parse((await deno(args, "")).stdout) as {
      readonly modules: readonly Module[];
    };
    return new Map(modules.map((it) => [it.specifier, it]));
  } finally {
    await Deno.remove(file);
  }
}

/** The npm packages that a module may load, and those for its types. */
function packagesOf(graph: Graph, root: string) {
  const reached = new Set([root]);
  const found = { code: new Set<string>(), type: new Set<string>() };
  for (const address of reached) {
    for (const dependency of graph.get(address)?.dependencies ?? []) {
      for (const kind of ["code", "type"] as const) {
        const specifier = dependency[kind]?.specifier;
        if (specifier === undefined) continue;
        reached.add(specifier);
        if (specifier.startsWith("npm:")) found[kind].add(specifier);
      }
    }
  }
  assert.ok(reached.size > 3);
  return { code: [...found.code].sort(), types: [...found.type].sort() };
}

async function deno(
  args: readonly string[],
  input: string,
  env: Record<string, string> = {},
): Promise<{ readonly stdout: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env,
    cwd: fileURLToPath(ROOT),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await new Blob([input]).stream().pipeTo(child.stdin);
  const { success, stdout, stderr } = await child.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return { stdout: new TextDecoder().decode(stdout) };
}
