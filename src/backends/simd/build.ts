/**
 * Compiles the kernels: `deno task build`. The same sources give the same bytes
 * on every machine; a test compares them with those that are committed.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import asc from "assemblyscript/asc";

const THREADS = ["--sharedMemory", "--maximumMemory", "65536"];

/** What is made of the one source: its sources, features and memory. */
const BUILDS = {
  relaxed: ["run.ts", "--enable", "simd,relaxed-simd"],
  plain: ["run.ts", "--enable", "simd"],
  relaxed_threads: [
    "run_threads.ts",
    "--enable",
    "simd,relaxed-simd,threads",
    ...THREADS,
  ],
  plain_threads: ["run_threads.ts", "--enable", "simd,threads", ...THREADS],
} as const;

/**
 * What all of them have. No memory of their own and nothing else to import; a
 * first page, as V8 checks offsets that lie beyond the least memory (2% here).
 */
const OPTIONS = [
  ..."--runtime stub --importMemory --initialMemory 1 --noExportMemory".split(
    " ",
  ),
  ..."--noAssert --use abort= -O3".split(" "),
];

/**
 * All files that are made from the kernels, by name.
 */
export async function buildKernels(): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of Object.keys(BUILDS) as (keyof typeof BUILDS)[]) {
    const module = await compileKernels(name);
    const base64 = Buffer.from(module).toString("base64");
    const text =
      `// Made by ../build.ts.\n\n/** ${name}.wasm, as base64. */\nexport const BASE64 =\n  "${base64}";\n`;
    files.set(`${name}.wasm`, module);
    files.set(`${name}.ts`, new TextEncoder().encode(text));
  }
  return files;
}

/**
 * A module of the kernels.
 *
 * @param replaced Sources that take the place of those in the folder, by name.
 */
export async function compileKernels(
  build: keyof typeof BUILDS,
  replaced: ReadonlyMap<string, string> = new Map(),
): Promise<Uint8Array> {
  let module = new Uint8Array();
  const { error, stderr } = await asc.main([
    "mod.ts",
    ...BUILDS[build],
    "--outFile",
    "kernels.wasm",
    ...OPTIONS,
  ], {
    readFile: (name) => replaced.get(name) ?? readSource(name),
    writeFile: (_, data) => void (module = data as typeof module),
    listFiles: () => [],
  });
  const problems = String(stderr);
  if (error !== null || problems) throw new Error(problems, { cause: error });
  return module;
}

function readSource(name: string): string | null {
  try {
    return Deno.readTextFileSync(new URL(`kernels/${name}`, import.meta.url));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

if (import.meta.main) {
  for (const [name, bytes] of await buildKernels()) {
    await Deno.writeFile(new URL(`modules/${name}`, import.meta.url), bytes);
    console.log(`${name}: ${bytes.length} bytes`);
  }
}
