/**
 * Builds the Worker for deployment: `worker.js`, one ES module, with the WASM modules
 * that it imports beside it.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { runDeno } from "../../tools/run_deno.ts";

/** The modules that `worker.ts` imports, with their folders in `src`. */
const MODULES: Readonly<Record<string, string>> = {
  relaxed: "backends/simd",
  plain: "backends/simd",
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
};

/**
 * Embedded modules that are left out of the bundle, since a Worker can't compile WASM
 * from text: the same modules, the AVIF decoder, which needs more memory than a Worker
 * has, and the kernels for several threads and for 256-bit vectors, which Workers don't
 * support.
 */
const EMBEDDED = [
  ...Object.keys(MODULES),
  "avif",
  "relaxed_threads",
  "plain_threads",
  "wide",
];

const HERE = new URL(".", import.meta.url);

/** Builds the Worker in `folder`, an absolute path. */
export async function build(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, place] of Object.entries(MODULES)) {
    const file = `${place}/modules/${name}.wasm`;
    const url = new URL(`../../src/${file}`, import.meta.url);
    await Deno.copyFile(url, `${folder}/${name}.wasm`);
  }
  await runDeno([
    "bundle",
    "--quiet",
    "--minify",
    "--external=*.wasm",
    ...EMBEDDED.map((name) => `--external=*/modules/${name}.ts`),
    `--output=${folder}/worker.js`,
    "worker.ts",
  ], HERE);
}

if (import.meta.main) {
  await build(fileURLToPath(new URL("dist", HERE)));
}
