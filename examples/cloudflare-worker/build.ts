/**
 * Makes the Worker that is deployed: `worker.js`, one ES module, and beside it the
 * WASM modules that it imports.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { runDeno } from "../../tools/run_deno.ts";

/** What `worker.ts` imports as modules, and where it is. */
const MODULES: Readonly<Record<string, URL>> = {
  "relaxed.wasm": own("backends/simd/modules/relaxed.wasm"),
  "plain.wasm": own("backends/simd/modules/plain.wasm"),
  "jpeg.wasm": own("image/jpeg/modules/jpeg.wasm"),
  "png.wasm": own("image/png/modules/png.wasm"),
  "webp.wasm": own("image/webp/modules/webp.wasm"),
};

const HERE = new URL(".", import.meta.url);

/** Builds into `folder`, an absolute path. */
export async function build(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, url] of Object.entries(MODULES)) {
    await Deno.copyFile(url, `${folder}/${name}`);
  }
  await runDeno([
    "bundle",
    "--quiet",
    "--minify",
    "--external=*.wasm",
    `--output=${folder}/worker.js`,
    "worker.ts",
  ], HERE);
}

function own(path: string): URL {
  return new URL(`../../src/${path}`, import.meta.url);
}

if (import.meta.main) {
  await build(fileURLToPath(new URL("dist", HERE)));
}
