/**
 * The example's page with the real network, and on WebGPU, which Chromium emulates on
 * the processor; `tests/examples/browser` has the other tests.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { load } from "../../../mod.ts";
import { answerOf } from "../../examples/browser/answer.ts";
import {
  ANSWER,
  choose,
  givePhotos,
  pageTest,
  shown,
  visit,
} from "../../examples/browser/chromium.ts";
import { useBrowser, useRealPage } from "../../examples/browser/shared_page.ts";

const PHOTOS = new URL("../../../examples/photos/", import.meta.url);
/** In ms: a busy processor takes two minutes to compile a network's shaders. */
const WEBGPU_TIMEOUT = 300_000;

const shared = useBrowser();
const realPage = useRealPage();

pageTest(
  "nsfw gives the same bytes in Chromium as in Deno, with threads and without",
  async () => {
    const built = await realPage();
    using classifier = await load(built.network, {
      backend: "wasm",
      precision: "int8",
      activationBits: 7,
    });
    for (const isolated of [true, false]) {
      await using visited = await visit(shared.browser, built.folder, {
        isolated,
      });
      const { page } = visited;
      for (const { name } of Deno.readDirSync(PHOTOS)) {
        const photo = new URL(name, PHOTOS);
        await givePhotos(page, fileURLToPath(photo));
        const { classes, facts } = await shown(page, ANSWER);
        assert.match(facts.Backend!, isolated ? /\d threads$/ : /1 thread /);
        assert.equal(classes.length, 5);
        const expected = await classifier.classify(await Deno.readFile(photo));
        assert.deepEqual(
          classes,
          expected.map(({ label, probability }) => ({ label, probability })),
        );
      }
    }
  },
);

/** The options that the page uses. */
const INT8 = { precision: "int8", activationBits: 7 } as const;

pageTest("nsfw on WebGPU gives the answers of WASM", async () => {
  const { folder, network } = await realPage();
  await using visited = await visit(shared.browser, folder);
  const { page } = visited;
  await choose(page, "backend", "webgpu");
  for (const name of ["drum.jpg", "fig.jpg"]) {
    const photo = new URL(name, PHOTOS);
    await givePhotos(page, fileURLToPath(photo));
    const { classes, facts } = await shown(page, ANSWER, WEBGPU_TIMEOUT);
    assert.match(facts.Backend!, /^webgpu: /);
    assert.equal(facts.Precision, "int8, 7 bits");
    const expected = await answerOf(network, photo, INT8);
    for (const [i, { label, probability }] of classes.entries()) {
      assert.equal(label, expected[i]!.label);
      assert.ok(Math.abs(probability - expected[i]!.probability) < 0.01);
    }
  }
});
