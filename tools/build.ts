/**
 * Compiles the kernels, and generates the constants that TypeScript shares with them:
 * `deno task build`. The same sources give the same bytes on every machine; tests
 * compare them with the committed ones.
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

/** For each module: the folder of its kernels, its sources and its options. */
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

/** Rarely used modules: deflated, they are smaller in a bundle but slower to load. */
const DEFLATED: readonly Build[] = ["wide"];

/** Folders whose kernels share records or numbers with TypeScript. */
const SHARING = [ENGINE, "image/jpeg", "image/png"];

/**
 * The prebuilt libwebp decoder, and its licence. This decoder and the next one are
 * patched to import their memory.
 */
const LIBWEBP = "@jsquash/webp/codec/dec/webp_dec.wasm";
const LIBWEBP_LICENSE = "@jsquash/webp/codec/LICENSE.codec.md";

/** The prebuilt libavif decoder. */
const LIBAVIF = "@jsquash/avif/codec/dec/avif_dec.wasm";

/** The name of a module. */
export type Build = keyof typeof BUILDS;

/**
 * The options of all modules. All import a memory; the relaxed ones also import a
 * function of the wide ones. The memory is declared with one page, as V8 checks offsets
 * beyond the declared memory (2% in the engine).
 */
const OPTIONS = [
  ..."--runtime stub --importMemory --initialMemory 1 --noExportMemory".split(
    " ",
  ),
  ..."--noAssert --use abort=".split(" "),
];

/**
 * Builds all generated files, by their path in `src`: the modules and their base64, the
 * constants shared with TypeScript, libwebp and its licence, and libavif.
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
 * The text of a deflated module. A committed text stays if it inflates to the same
 * bytes, since versions of zlib deflate differently.
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
  } catch { // Missing or damaged.
  }
  return write(deflateSync(bytes, { level: 9 }).toString("base64"));
}

/** Reads a file of a package that only the build needs. */
async function readPackaged(name: string): Promise<Uint8Array<ArrayBuffer>> {
  // The imports make Deno download the packages' files.
  await import("@jsquash/webp/decode.js");
  await import("@jsquash/avif/decode.js");
  return await Deno.readFile(new URL(import.meta.resolve(name)));
}

/**
 * Compiles a module of kernels.
 *
 * @param replaced Sources that replace those in the folder, by name.
 * @param level The optimization level; tests of changed sources use a lower one to save
 * time.
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
