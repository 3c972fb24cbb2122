import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { rangeOf } from "../../../src/weights/tflite/input_range.ts";
import { parseModel } from "../../../src/weights/tflite/model.ts";
import { type Tensor, tfliteFile } from "./tflite_file.ts";

function range(image: Omit<Tensor, "shape">) {
  const x = { shape: [1, 299, 299, 3], ...image };
  const file = tfliteFile({ tensors: { x }, operators: [], outputs: [] });
  const found = rangeOf(parseModel(file).tensors[0]!);
  return found &&
    [found.pixels.scale[0] * 255, found.pixels.offset[0], found.isSaid];
}

const UINT8 = 3;
const INT8 = 9;

Deno.test("an input in whole numbers says the range of images", () => {
  const bytes = { type: UINT8 };
  const codes = { type: INT8 };
  assert.deepEqual(range({ ...codes, scales: [1 / 127.5], zeros: [-1] }), [
    2,
    -1,
    true,
  ]);
  assert.deepEqual(range({ ...bytes, scales: [1 / 127.5], zeros: [127] }), [
    2,
    -1,
    true,
  ]);
  assert.deepEqual(range({ ...codes, scales: [1 / 255], zeros: [-128] }), [
    1,
    0,
    true,
  ]);
  assert.deepEqual(range({ ...bytes, scales: [1 / 255] }), [1, 0, true]);
  assert.deepEqual(range({ ...codes, scales: [1], zeros: [-128] }), [
    255,
    0,
    true,
  ]);
  assert.deepEqual(range(bytes), [255, 0, true]);
});

Deno.test("a range is guessed that is nearly one of images, and no other", () => {
  const codes = { type: INT8 };
  // Photos of a calibration may not reach the limits, or may exceed them.
  assert.deepEqual(range({ ...codes, scales: [0.008], zeros: [0] }), [
    2,
    -1,
    false,
  ]);
  assert.deepEqual(range({ ...codes, scales: [1.01], zeros: [-128] }), [
    255,
    0,
    false,
  ]);
  assert.equal(range({ ...codes, scales: [0.02], zeros: [3] }), undefined);
  assert.equal(range({}), undefined);
});

Deno.test("an input that isn't an image's is refused", () => {
  for (const type of [2, 7, INT8]) {
    assert.throws(
      () => range({ type }),
      new CorruptWeightsError(
        `Cannot import the TFLite model as its input "x" must be float32, uint8 or quantized int8: it is of type ${type} in TensorType`,
      ),
    );
  }
});
