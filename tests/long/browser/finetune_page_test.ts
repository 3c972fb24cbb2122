/** New classes are trained in a page's worker, with photos that never leave it. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { loadQuantized, writeNetwork } from "../../../src/weights/mod.ts";
import { finetune, type FinetuneOptions } from "../../../src/train/mod.ts";
import { bundle } from "../../../tools/bundle.ts";
import { narrowNetwork } from "../../backends/simd/narrow_file.ts";
import { pageTest, visit } from "../../examples/browser/chromium.ts";
import { useBrowser } from "../../examples/browser/shared_page.ts";

const ROOT = new URL("../../../", import.meta.url);
const shared = useBrowser();
const PHOTOS = ["alp", "bridge", "drum", "fig"].map((name, i) => ({
  image: `${name}.jpg`,
  label: i < 2 ? "land" : "things",
}));
const OPTIONS: FinetuneOptions = {
  classes: ["land", "things"],
  variant: 75,
  activationBits: 8,
  hiddenUnits: 5,
  epochs: 3,
};

const WORKER = `
import { finetune } from "${ROOT}src/train/mod.ts";
import { loadQuantized, writeNetwork } from "${ROOT}src/weights/mod.ts";

const base = await loadQuantized("base.safetensors");
const photos = ${JSON.stringify(PHOTOS)};
const { network } = await finetune(base, photos, ${JSON.stringify(OPTIONS)});
const { stream } = writeNetwork(network);
postMessage(new Uint8Array(await new Response(stream).arrayBuffer()));
`;

const PAGE = `<!doctype html><body></body><script type="module">
const worker = new Worker("worker.js", { type: "module" });
worker.onmessage = ({ data }) => document.body.textContent = data.join(" ");
worker.onerror = ({ message }) => document.body.textContent = message;
</script>`;

pageTest(
  "finetune() gives the same bytes in a worker of Chromium as in Deno, without tfjs",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const base = `${folder}/base.safetensors`;
      await Deno.writeFile(base, writeNetwork(await narrowNetwork()).stream);
      for (const { image } of PHOTOS) {
        const file = new URL(`examples/photos/${image}`, ROOT);
        await Deno.copyFile(file, `${folder}/${image}`);
      }
      const { network } = await finetune(
        await loadQuantized(base),
        PHOTOS.map((it) => ({ ...it, image: `${folder}/${it.image}` })),
        OPTIONS,
      );
      const expected = await new Response(writeNetwork(network).stream).bytes();
      await Deno.writeTextFile(`${folder}/worker.ts`, WORKER);
      const config = fileURLToPath(new URL("deno.json", ROOT));
      await bundle(folder, [`${folder}/worker.ts`], [`--config=${config}`]);
      await Deno.writeTextFile(`${folder}/index.html`, PAGE);

      await using visited = await visit(shared.browser, folder);
      const text = visited.page.getByText(/^\d+( \d+)+$|[Ee]rror/);
      assert.equal(await text.textContent(), expected.join(" "));

      const scripts = visited.requests.filter((it) => it.endsWith(".js"));
      assert.ok(scripts.includes("/worker.js"), `${scripts}`);
      for (const path of scripts) {
        const script = await Deno.readTextFile(`${folder}${path}`);
        // Only the names are in the table of optional packages.
        const tfjs =
          /\b(import|from)\b[("'\s]*@tensorflow|runKernel|customGrad/;
        assert.doesNotMatch(script, tfjs, path);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
