/**
 * Files that are written for other runtimes, run by these: they must answer as
 * tfjs does.
 */
import assert from "node:assert/strict";
import type {
  Contestant,
  OpenNetwork,
} from "../../../bench/peers/contestants/contestant.ts";
import { openLiteRt } from "../../../bench/peers/contestants/litert.ts";
import { openOnnxruntimeWeb } from "../../../bench/peers/contestants/onnxruntime.ts";
import { writeFloatOnnx } from "../../../bench/peers/onnx/write_float_onnx.ts";
import { writeFloatTflite } from "../../../bench/peers/tflite/write_float_tflite.ts";
import { load } from "../../../mod.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { importModel, NARROW } from "../../layers_model.ts";
import { noise } from "../../random.ts";

const SIZE = 75;
const ONNXRUNTIME: Contestant = {
  library: "onnxruntime-web",
  precision: "f32",
  on: 1,
};
const LITERT: Contestant = { ...ONNXRUNTIME, library: "LiteRT.js" };
const network = await importModel({
  architecture: { ...NARROW, hiddenUnits: [8] },
});
const graph = inceptionV3({ ...network.architecture, variant: SIZE });
const pixels = new Uint8ClampedArray(noise(SIZE).buffer as ArrayBuffer)
  .map((it, i) => i % 4 === 3 ? 255 : it);

/** The largest difference of features and of probabilities to tfjs's. */
async function distance(opened: OpenNetwork) {
  using classifier = await load(network, {
    backend: "wasm",
    precision: "f32",
    variant: SIZE,
  });
  const image = { data: pixels, width: SIZE, height: SIZE };
  return {
    features: largestDifference(
      await opened.features(pixels),
      await classifier.features(image),
    ),
    probabilities: largestDifference(
      await opened.probabilities(pixels),
      await classifier.probabilities(image),
    ),
  };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return Math.max(...a.map((it, i) => Math.abs(it - b[i]!)));
}

function modelFile(bytes: Uint8Array<ArrayBuffer>) {
  const read = () => Promise.resolve(bytes);
  return { url: "file:///model", read, size: SIZE };
}

Deno.test("onnxruntime-web runs an f32 network as tfjs does", async () => {
  const file = modelFile(writeFloatOnnx(network, graph));
  const found = await distance(await openOnnxruntimeWeb(file, ONNXRUNTIME));
  assert.ok(found.features < 1e-5, `features differ by ${found.features}`);
  assert.ok(found.probabilities < 1e-6);
});

Deno.test("LiteRT.js runs an f32 network as tfjs does", async () => {
  const file = modelFile(writeFloatTflite(network, graph));
  const found = await distance(await openLiteRt(file, LITERT));
  assert.ok(found.features < 1e-5, `features differ by ${found.features}`);
  assert.ok(found.probabilities < 1e-6);
});
