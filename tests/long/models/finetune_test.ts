import assert from "node:assert/strict";
import type { LabelledImage } from "../../../src/labelled_image.ts";
import { finetune } from "../../../src/train/finetune.ts";
import { EVAL_PHOTOS, testWith } from "../../shared_data.ts";
import { int8Nsfw } from "./models.ts";

/** The classes with three photos or more. */
const CLASSES = [
  "n02123045",
  "n02951358",
  "n04399382",
  "n04442312",
  "n07873807",
  "n11939491",
];

testWith(
  EVAL_PHOTOS,
  "a few photos a class teach the features of nsfw what they never saw, far above chance",
  async () => {
    const base = await int8Nsfw();
    const { heldOut, epochs } = await finetune(base, photos(), {
      classes: CLASSES,
      validationSplit: 0.5,
      augmentations: 8,
      threads: "auto",
      threading: "throughput",
    });
    const images = heldOut!.confusion.counts.reduce((a, b) => a + b);
    assert.equal(images, 11);
    // Chance is a sixth; always answering the most frequent class gives 4 of 11.
    assert.ok(heldOut!.accuracy > 0.7, `${heldOut!.accuracy}`);
    assert.ok(epochs.at(-1)!.loss < epochs[0]!.loss);
  },
);

async function* photos(): AsyncGenerator<LabelledImage> {
  for (const label of CLASSES) {
    const names = await Array.fromAsync(
      Deno.readDir(`${EVAL_PHOTOS}${label}`),
      ({ name }) => name,
    );
    for (const name of names.sort()) {
      const image = await Deno.readFile(`${EVAL_PHOTOS}${label}/${name}`);
      yield { image, label };
    }
  }
}
