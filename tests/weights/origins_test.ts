import assert from "node:assert/strict";
import { KERAS_PREPROCESSING } from "../../src/weights/keras/preprocessing.ts";
import { mergePreprocessing } from "../../src/weights/origins.ts";
import { IMAGENET_PREPROCESSING } from "../../src/weights/torchvision.ts";

const { scale, offset } = IMAGENET_PREPROCESSING;

Deno.test("mergePreprocessing() takes each part from the options, else from the model, else assumes it", () => {
  const merged = mergePreprocessing(
    { resize: "half-pixel" },
    { crop: { kind: "squash" }, resize: "antialiased" },
    KERAS_PREPROCESSING,
  );
  assert.deepEqual(merged, {
    preprocessing: {
      ...KERAS_PREPROCESSING,
      crop: { kind: "squash" },
      resize: "half-pixel",
    },
    origins: { pixels: "assumed", crop: "model", resize: "option" },
  });
});

Deno.test("mergePreprocessing() takes scale and offset together", () => {
  const pixels = { scale, offset };
  for (
    const [asked, own, origin] of [
      [pixels, undefined, "option"],
      [pixels, KERAS_PREPROCESSING, "option"],
      [undefined, pixels, "model"],
      [{}, pixels, "model"],
    ] as const
  ) {
    const merged = mergePreprocessing(asked, own, KERAS_PREPROCESSING);
    assert.deepEqual(merged.preprocessing, {
      ...KERAS_PREPROCESSING,
      ...pixels,
    });
    assert.equal(merged.origins.pixels, origin);
  }
});

Deno.test("mergePreprocessing() passes over what is undefined", () => {
  const nothing = { crop: undefined, scale: undefined } as object;
  assert.deepEqual(mergePreprocessing(nothing, nothing, KERAS_PREPROCESSING), {
    preprocessing: KERAS_PREPROCESSING,
    origins: { pixels: "assumed", crop: "assumed", resize: "assumed" },
  });
});
