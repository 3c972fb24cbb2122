/**
 * Makes the Worker that is deployed: `worker.js`, one ES module, and beside it the
 * WASM modules that it imports.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { runDeno } from "../../tools/run_deno.ts";

/** What `worker.ts` imports as modules, and the folder in `src` where each is. */
const MODULES: Readonly<Record<string, string>> = {
  relaxed: "backends/simd",
  plain: "backends/simd",
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
};

/**
 * What the package embeds as text, which a Worker can't compile, and isn't in the bundle:
 * the same modules, the decoder of AVIF, for which a Worker has too little memory, and the
 * kernels on several threads and of 256 bits, which it doesn't have.
 */
const EMBEDDED = [
  ...Object.keys(MODULES),
  "avif",
  "relaxed_threads",
  "plain_threads",
  "wide",
];

const HERE = new URL(".", import.meta.url);

/** Builds into `folder`, an absolute path. */
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
