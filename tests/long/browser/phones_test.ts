/** Photos like those of phones, up to 200 megapixels, in the example's page. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { load } from "../../../mod.ts";
import {
  ANSWER,
  givePhotos,
  pageTest,
  shown,
  visit,
} from "../../examples/browser/chromium.ts";
import { usePage } from "../../examples/browser/shared_page.ts";
import { mosaicJpeg } from "../../image/jpeg/mosaic.ts";

const shared = usePage();
const levelAt = (x: number, y: number) => 20 + 150 * x + 80 * y * y;

pageTest(
  "photos of 12, 50 and 200 megapixels are classified and explained",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    using classifier = await load(shared.built.network, {
      backend: "wasm",
      precision: "int8",
      activationBits: 7,
    });
    for (
      const [width, height] of [[4032, 3024], [8160, 6144], [16320, 12240]]
    ) {
      const photo = mosaicJpeg(width!, height!, levelAt);
      await givePhotos(page, {
        name: `${width}x${height}.jpg`,
        mimeType: "image/jpeg",
        buffer: Buffer.from(photo),
      });
      const { classes, problem } = await shown(page, ANSWER);
      assert.equal(problem, "");
      const expected = await classifier.classify(photo);
      assert.deepEqual(
        classes,
        expected.map(({ label, probability }) => ({ label, probability })),
      );
      await page.locator("#classes button").first().click();
      await shown(page, /^Lit up/);
    }
  },
);
