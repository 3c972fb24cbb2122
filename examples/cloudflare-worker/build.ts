/**
 * Makes the Worker that is deployed: `worker.js`, one ES module, and beside it the
 * WASM modules that it imports.
 *
 * @module
 */

/** What `worker.ts` imports as modules, and where it is. */
const MODULES: Readonly<Record<string, URL>> = {
  "relaxed.wasm": kernels("relaxed.wasm"),
  "plain.wasm": kernels("plain.wasm"),
  "jpeg.wasm": packaged("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm"),
  "png.wasm": packaged("@jsquash/png/codec/pkg/squoosh_png_bg.wasm"),
  "webp.wasm": packaged("@jsquash/webp/codec/dec/webp_dec.wasm"),
};

const HERE = new URL(".", import.meta.url);

/** What is imported at run time, or never: tfjs is for f32. */
const EXTERNAL = ["*.wasm", "@tensorflow/*"];

/** Builds into `folder`, an absolute path. */
export async function build(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, url] of Object.entries(MODULES)) {
    await Deno.copyFile(url, `${folder}/${name}`);
  }
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--minify",
      ...EXTERNAL.map((it) => `--external=${it}`),
      `--output=${folder}/worker.js`,
      "worker.ts",
    ],
    cwd: HERE,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

function kernels(name: string): URL {
  return new URL(`../../src/backends/simd/modules/${name}`, import.meta.url);
}

function packaged(path: string): URL {
  return new URL(import.meta.resolve(path));
}

if (import.meta.main) {
  await build(new URL("dist", HERE).pathname);
}
