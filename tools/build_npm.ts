/**
 * Builds the npm package in `npm/`: `deno task npm`. It has plain ES modules with
 * shared chunks for Node, pages and bundlers; types; and the WebAssembly modules, for
 * Workers. `npm pack ./npm` makes an installable file.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { PACKAGES } from "../src/runtime/packages.ts";
import { NSFWJS } from "../src/weights/nsfw.ts";
import { bundle, WITHOUT_PACKAGES } from "./bundle.ts";
import { ENTRIES } from "./entries.ts";
import { BIN, lowerUsing, PROGRAM } from "./npm/command_line.ts";
import { makeDeclarations } from "./npm/declarations.ts";
import { describePackage, type PackageJson } from "./npm/manifest.ts";

const ROOT = new URL("../", import.meta.url);

/** The modules whose files `./wasm` exports, by folder. */
const MODULES: Readonly<Record<string, readonly string[]>> = {
  "src/backends/simd/modules": [
    "relaxed",
    "plain",
    "relaxed_threads",
    "plain_threads",
  ],
  "src/image/jpeg/modules": ["jpeg"],
  "src/image/png/modules": ["png"],
  "src/image/webp/modules": ["webp"],
  "src/image/avif/modules": ["avif"],
  "src/search/modules": ["search_relaxed", "search_plain"],
};

/**
 * Client packages that a program may also use itself, in ranges that include bullmq's
 * versions: npm refuses to install conflicting ones.
 */
const CLIENTS = { pg: ">=8.0.0", redis: ">=5.0.0" };

const MODULE_TYPES =
  `/** A module of this package, as bundlers for Workers import it. */
import type { WasmModules } from "../src/runtime/wasm_modules.js";
declare const module: NonNullable<WasmModules["relaxed"]>;
export default module;
`;

/**
 * Builds the package in the folder `out`, which it replaces.
 *
 * @returns Its `package.json`.
 */
export async function buildNpm(out: string): Promise<PackageJson> {
  await Deno.remove(out, { recursive: true }).catch(() => {});
  await Deno.mkdir(out, { recursive: true });
  const entries = Object.entries(ENTRIES);
  const paths = entries.map(([, path]) => path.replace(/^\.\//, ""));
  await bundle(out, paths, WITHOUT_PACKAGES, ROOT);
  await removeEmpty(out);
  for (const file of await filesIn(out)) {
    const code = await Deno.readTextFile(file);
    const lowered = lowerUsing(code);
    if (lowered !== code) await Deno.writeTextFile(file, lowered);
  }
  // nsfwjs is optional: without it, the archive is downloaded when its model is loaded.
  const peers = { ...PACKAGES, [NSFWJS.name]: NSFWJS.version, ...CLIENTS };
  for (const [path, text] of await makeDeclarations(ROOT, paths)) {
    await writeFile(`${out}/${path}`, text);
  }
  await copyModules(out);
  for (const name of ["README.md", "CHANGELOG.md", "LICENSE"]) {
    await Deno.copyFile(new URL(name, ROOT), `${out}/${name}`);
  }
  await writeFile(`${out}/${BIN}`, PROGRAM);
  await Deno.chmod(`${out}/${BIN}`, 0o755).catch(() => {}); // Windows has no such permissions.
  // Both libraries are embedded in the code.
  const licenses = { libavif: "avif", libwebp: "webp/modules" };
  for (const [name, folder] of Object.entries(licenses)) {
    const license = new URL(`src/image/${folder}/LICENSE`, ROOT);
    await Deno.copyFile(license, `${out}/LICENSE-${name}`);
  }
  const packageJson = describePackage(
    entries,
    Object.values(MODULES).flat(),
    peers,
    Array.from(Deno.readDirSync(out), ({ name }) => name).sort(),
  );
  const text = `${JSON.stringify(packageJson, null, 2)}\n`;
  await Deno.writeTextFile(`${out}/package.json`, text);
  return packageJson;
}

/** Removes the empty files that the bundler emits for type-only modules. */
async function removeEmpty(out: string): Promise<void> {
  for (const file of await filesIn(out)) {
    if ((await Deno.readTextFile(file)).trim() !== "") continue;
    const name = file.slice(file.lastIndexOf("/") + 1);
    await Deno.remove(file);
    for (const other of await filesIn(out)) {
      const code = await Deno.readTextFile(other);
      const kept = code.split("\n")
        .filter((line) =>
          !/^import "/.test(line) || !line.includes(`/${name}"`)
        )
        .join("\n");
      if (kept !== code) await Deno.writeTextFile(other, kept);
    }
  }
}

/** The paths of all files in a folder, recursively. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await filesIn(path));
    else files.push(path);
  }
  return files;
}

async function copyModules(out: string): Promise<void> {
  await writeFile(`${out}/wasm/module.d.ts`, MODULE_TYPES);
  for (const [folder, names] of Object.entries(MODULES)) {
    for (const name of names) {
      const file = `${name}.wasm`;
      await Deno.copyFile(
        new URL(`${folder}/${file}`, ROOT),
        `${out}/wasm/${file}`,
      );
    }
  }
}

async function writeFile(path: string, text: string): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf("/"));
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(path, text);
}

if (import.meta.main) {
  const { name, version } = await buildNpm(fileURLToPath(new URL("npm", ROOT)));
  console.log(`npm: ${name}@${version}`);
}
