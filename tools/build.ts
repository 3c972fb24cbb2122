/**
 * Compiles the kernels: `deno task build`. The same sources give the same bytes
 * on every machine; tests compare them with those that are committed.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import asc from "assemblyscript/asc";

const SOURCE = new URL("../src/", import.meta.url);
const ENGINE = "backends/simd";
const THREADS = ["--sharedMemory", "--maximumMemory", "65536"];

/** What is made: of which folder's kernels, with which options. */
const BUILDS = {
  relaxed: [ENGINE, "run.ts", "--enable", "simd,relaxed-simd"],
  plain: [ENGINE, "run.ts", "--enable", "simd"],
  relaxed_threads: [
    ENGINE,
    "run_threads.ts",
    "--enable",
    "simd,relaxed-simd,threads",
    ...THREADS,
  ],
  plain_threads: [
    ENGINE,
    "run_threads.ts",
    "--enable",
    "simd,threads",
    ...THREADS,
  ],
  jpeg: ["image/jpeg"],
  png: ["image/png"],
  search_relaxed: ["search", "--enable", "simd,relaxed-simd"],
  search_plain: ["search", "--enable", "simd"],
} as const;

/** libwebp's decoder, which others have compiled, and its licence. */
const LIBWEBP = "@jsquash/webp/codec/dec/webp_dec.wasm";
const LIBWEBP_LICENSE = "@jsquash/webp/codec/LICENSE.codec.md";

/** A module that is made. */
export type Build = keyof typeof BUILDS;

/**
 * What all of them have. No memory of their own and nothing else to import; a
 * first page, as V8 checks offsets that lie beyond the least memory (2% in the
 * engine).
 */
const OPTIONS = [
  ..."--runtime stub --importMemory --initialMemory 1 --noExportMemory".split(
    " ",
  ),
  ..."--noAssert --use abort= -O3".split(" "),
];

/**
 * All files that are made from kernels and libwebp, by their path in `src`: the modules,
 * and beside each one with its base64.
 */
export async function buildKernels(): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const add = (name: string, folder: string, bytes: Uint8Array) => {
    const base64 = Buffer.from(bytes).toString("base64");
    const text =
      `// Made by \`deno task build\`.\n\n/** ${name}.wasm, as base64. */\nexport const BASE64 =\n  "${base64}";\n`;
    files.set(`${folder}/${name}.wasm`, bytes);
    files.set(`${folder}/${name}.ts`, new TextEncoder().encode(text));
  };
  for (const name of Object.keys(BUILDS) as Build[]) {
    add(name, `${BUILDS[name][0]}/modules`, await compileKernels(name));
  }
  add("webp", "image/webp/modules", await readPackaged(LIBWEBP));
  files.set(
    "image/webp/modules/LICENSE",
    await readPackaged(LIBWEBP_LICENSE),
  );
  return files;
}

/** A file of a package that is needed for building only. */
async function readPackaged(name: string): Promise<Uint8Array> {
  await import("@jsquash/webp/decode.js"); // Then Deno has the package's files.
  return await Deno.readFile(new URL(import.meta.resolve(name)));
}

/**
 * A module of kernels.
 *
 * @param replaced Sources that take the place of those in the folder, by name.
 */
export async function compileKernels(
  build: Build,
  replaced: ReadonlyMap<string, string> = new Map(),
): Promise<Uint8Array> {
  const [folder, ...sources] = BUILDS[build];
  let module = new Uint8Array();
  const { error, stderr } = await asc.main([
    "mod.ts",
    ...sources,
    "--outFile",
    "kernels.wasm",
    ...OPTIONS,
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
