/** A user's own model becomes int8 in a page, with photos that never leave it. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { convert } from "../../../src/convert/mod.ts";
import { loadNetwork, writeNetwork } from "../../../src/weights/mod.ts";
import { bundle } from "../../../tools/bundle.ts";
import { pageTest, visit } from "../../examples/browser/chromium.ts";
import { useBrowser } from "../../examples/browser/shared_page.ts";
import { makeLayersModel, writeLayersModel } from "../../layers_model.ts";

const ROOT = new URL("../../../", import.meta.url);
const shared = useBrowser();
const PHOTOS = ["drum.jpg", "fig.jpg"];

const PAGE = `
import { convert } from "${ROOT}src/convert/mod.ts";
import { tfjs } from "${ROOT}src/f32.ts";
import { loadNetwork, writeNetwork } from "${ROOT}src/weights/mod.ts";

const f32 = await loadNetwork("model.json");
const { network } = await convert(f32, ${JSON.stringify(PHOTOS)}, {
  variant: 75,
  tfjs,
  tfjsWasmFolder: new URL("tfjs/", location.href),
});
const { stream } = writeNetwork(network);
const file = await new Response(stream).arrayBuffer();
document.body.textContent = [...new Uint8Array(file)].join(" ");
`;

pageTest("convert() gives the same bytes in Chromium as in Deno", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeLayersModel(makeLayersModel(), folder);
    for (const photo of PHOTOS) {
      const file = new URL(`examples/photos/${photo}`, ROOT);
      await Deno.copyFile(file, `${folder}/${photo}`);
    }
    const { network } = await convert(
      await loadNetwork(folder),
      PHOTOS.map((it) => `${folder}/${it}`),
      { variant: 75 },
    );
    const expected = await new Response(writeNetwork(network).stream).bytes();
    await bundlePage(folder);

    await using visited = await visit(shared.browser, folder);
    const text = visited.page.getByText(/^\d+( \d+)+$/);
    assert.equal(await text.textContent(), expected.join(" "));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/**
 * Bundles the page and its script, and copies tfjs's WebAssembly files from Deno's
 * cache.
 */
async function bundlePage(folder: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/page.ts`, PAGE);
  const config = fileURLToPath(new URL("deno.json", ROOT));
  await bundle(folder, [`${folder}/page.ts`], [`--config=${config}`]);
  await Deno.writeTextFile(
    `${folder}/index.html`,
    '<!doctype html><body></body><script type="module" src="page.js"></script>',
  );
  await Deno.mkdir(`${folder}/tfjs`);
  for (const build of ["", "-simd", "-threaded-simd"]) {
    const name = `tfjs-backend-wasm${build}.wasm`;
    const at = import.meta.resolve(
      `@tensorflow/tfjs-backend-wasm/wasm-out/${name}`,
    );
    await Deno.copyFile(new URL(at), `${folder}/tfjs/${name}`);
  }
}
