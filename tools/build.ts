/**
 * Compiles the kernels, and describes what TypeScript shares with them: `deno
 * task build`. The same sources give the same bytes on every machine; tests
 * compare them with those that are committed.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { deflateSync, inflateSync } from "node:zlib";
import asc from "assemblyscript/asc";
import { importMemory } from "./import_memory.ts";
import { describeShared, SHARED } from "./shared_by_kernels.ts";

const SOURCE = new URL("../src/", import.meta.url);
const ENGINE = "backends/simd";
const THREADS = ["--sharedMemory", "--maximumMemory", "65536"];

/** Each module's folder of kernels, sources and options. */
const BUILDS = {
  relaxed: [ENGINE, "mod.ts", "run.ts", "--enable", "simd,relaxed-simd"],
  plain: [ENGINE, "mod.ts", "run.ts", "--enable", "simd"],
  wide: [
    ENGINE,
    "conv_wide.ts",
    "--enable",
    "simd,relaxed-simd,threads",
    ...THREADS,
  ],
  relaxed_threads: [
    ENGINE,
    "mod.ts",
    "run_threads.ts",
    "--enable",
    "simd,relaxed-simd,threads",
    ...THREADS,
  ],
  plain_threads: [
    ENGINE,
    "mod.ts",
    "run_threads.ts",
    "--enable",
    "simd,threads",
    ...THREADS,
  ],
  jpeg: ["image/jpeg", "mod.ts"],
  png: ["image/png", "mod.ts"],
  search_relaxed: ["search", "mod.ts", "--enable", "simd,relaxed-simd"],
  search_plain: ["search", "mod.ts", "--enable", "simd"],
} as const;

/** Modules that few need: smaller in a bundle, and slower to load. */
const DEFLATED: readonly Build[] = ["wide"];

/** Folders whose kernels share records or numbers with TypeScript. */
const SHARING = [ENGINE, "image/jpeg", "image/png"];

/**
 * libwebp's decoder, which others have compiled, and its licence. It and the next one
 * are changed so that they import their memory.
 */
const LIBWEBP = "@jsquash/webp/codec/dec/webp_dec.wasm";
const LIBWEBP_LICENSE = "@jsquash/webp/codec/LICENSE.codec.md";

/** libavif's decoder, which others have compiled, too. */
const LIBAVIF = "@jsquash/avif/codec/dec/avif_dec.wasm";

/** The name of a module. */
export type Build = keyof typeof BUILDS;

/**
 * The options of all modules. They import a memory, and relaxed ones a function of the
 * wide ones. They declare
 * a first page of it, as V8 checks offsets beyond the declared memory (2% in the
 * engine).
 */
const OPTIONS = [
  ..."--runtime stub --importMemory --initialMemory 1 --noExportMemory".split(
    " ",
  ),
  ..."--noAssert --use abort=".split(" "),
];

/**
 * All generated files, by their path in `src`: the modules and their base64,
 * what kernels share with TypeScript, libwebp and its licence, and libavif.
 */
export async function buildKernels(
  names: readonly Build[] = Object.keys(BUILDS) as Build[],
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const addText = (path: string, text: string) =>
    files.set(path, new TextEncoder().encode(text));
  const addModule = (name: string, folder: string, bytes: Uint8Array) => {
    const base64 = Buffer.from(bytes).toString("base64");
    files.set(`${folder}/${name}.wasm`, bytes);
    addText(
      `${folder}/${name}.ts`,
      `// Made by \`deno task build\`.\n\n/** ${name}.wasm, as base64. */\nexport const BASE64 =\n  "${base64}";\n`,
    );
  };
  const addDeflated = async (path: string, bytes: Uint8Array) => {
    files.set(`${path}.wasm`, bytes);
    addText(`${path}.ts`, await deflatedText(`${path}.ts`, bytes));
  };
  for (const name of names) {
    const bytes = await compileKernels(name);
    const folder = `${BUILDS[name][0]}/modules`;
    if (DEFLATED.includes(name)) await addDeflated(`${folder}/${name}`, bytes);
    else addModule(name, folder, bytes);
  }
  for (const folder of SHARING) {
    const text = await describeShared((name) => readSource(folder, name));
    addText(`${folder}/modules/${SHARED}`, text);
  }
  addModule(
    "webp",
    "image/webp/modules",
    importMemory(await readPackaged(LIBWEBP)),
  );
  files.set(
    "image/webp/modules/LICENSE",
    await readPackaged(LIBWEBP_LICENSE),
  );
  await addDeflated(
    "image/avif/modules/avif",
    importMemory(await readPackaged(LIBAVIF)),
  );
  return files;
}

/**
 * The text of a deflated module. The one that is committed stays if it has the same
 * bytes, as versions of zlib deflate them differently.
 */
async function deflatedText(path: string, bytes: Uint8Array): Promise<string> {
  const write = (base64: string) =>
    `// Made by \`deno task build\`.\n\n/** The module, deflated, as base64. */\nexport const DEFLATED_BASE64 =\n  "${base64}";\n`;
  const committed = await Deno.readTextFile(new URL(path, SOURCE))
    .catch(() => "");
  const [, base64 = ""] = committed.match(/"(.*)"/) ?? [];
  try {
    const inflated = inflateSync(Buffer.from(base64, "base64"));
    if (write(base64) === committed && inflated.equals(bytes)) return committed;
  } catch { // There is none, or it is damaged.
  }
  return write(deflateSync(bytes, { level: 9 }).toString("base64"));
}

/** A file of a package that is needed for building only. */
async function readPackaged(name: string): Promise<Uint8Array<ArrayBuffer>> {
  // Then Deno has the packages' files.
  await import("@jsquash/webp/decode.js");
  await import("@jsquash/avif/decode.js");
  return await Deno.readFile(new URL(import.meta.resolve(name)));
}

/**
 * Compiles a module of kernels.
 *
 * @param replaced Sources that take the place of those in the folder, by name.
 * @param level How far it is optimized; tests of changed sources needn't wait for it.
 */
export async function compileKernels(
  build: Build,
  replaced: ReadonlyMap<string, string> = new Map(),
  level: "-O3" | "-O0" = "-O3",
): Promise<Uint8Array> {
  const [folder, ...sources] = BUILDS[build];
  let module = new Uint8Array();
  const { error, stderr } = await asc.main([
    ...sources,
    "--outFile",
    "kernels.wasm",
    ...OPTIONS,
    level,
  ], {
    readFile: (name) => replaced.get(name) ?? readSource(folder, name),
    writeFile: (_, data) => void (module = data as typeof module),
    listFiles: () => [],
  });
  const problems = String(stderr);
  if (error !== null || problems) throw new Error(problems, { cause: error });
  return module;
}

function readSource(folder: string, name: string): string | null {
  try {
    return Deno.readTextFileSync(new URL(`${folder}/kernels/${name}`, SOURCE));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

if (import.meta.main) {
  for (const [path, bytes] of await buildKernels()) {
    await Deno.writeFile(new URL(path, SOURCE), bytes);
    console.log(`${path}: ${bytes.length} bytes`);
  }
}
