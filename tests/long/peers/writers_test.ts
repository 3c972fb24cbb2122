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
import { writeInt8Onnx } from "../../../bench/peers/onnx/write_int8_onnx.ts";
import { writeFloatTflite } from "../../../bench/peers/tflite/write_float_tflite.ts";
import { writeInt8Tflite } from "../../../bench/peers/tflite/write_int8_tflite.ts";
import { load } from "../../../mod.ts";
import { inceptionV3, type Network } from "../../../src/model/mod.ts";
import {
  calibrateByBatchNorm,
  quantizeNetwork,
} from "../../../src/weights/mod.ts";
import { cosine } from "../../cosine.ts";
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
const quantized = quantizeNetwork(
  network,
  calibrateByBatchNorm(network, inceptionV3(network.architecture)),
  { source: "noise", license: "CC0-1.0" },
);
const pixels = new Uint8ClampedArray(noise(SIZE).buffer as ArrayBuffer)
  .map((it, i) => i % 4 === 3 ? 255 : it);

/** What tfjs says of the pixels in f32. */
async function answerOf(network: Network) {
  using classifier = await load(network, {
    backend: "wasm",
    precision: "f32",
    variant: SIZE,
  });
  const image = { data: pixels, width: SIZE, height: SIZE };
  return {
    features: await classifier.features(image),
    probabilities: await classifier.probabilities(image),
  };
}

async function assertFloatAnswer(opened: OpenNetwork): Promise<void> {
  const expected = await answerOf(network);
  const features = await opened.features(pixels);
  assert.ok(largestDifference(features, expected.features) < 1e-5);
  const probabilities = await opened.probabilities(pixels);
  assert.ok(largestDifference(probabilities, expected.probabilities) < 1e-6);
}

async function assertInt8Answer(opened: OpenNetwork): Promise<void> {
  const expected = await answerOf(network);
  const found = cosine(await opened.features(pixels), expected.features);
  assert.ok(found > 0.998, `The cosine of features is ${found}`);
  const probabilities = await opened.probabilities(pixels);
  assert.ok(largestDifference(probabilities, expected.probabilities) < 0.01);
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
  await assertFloatAnswer(await openOnnxruntimeWeb(file, ONNXRUNTIME));
});

Deno.test("onnxruntime-web runs an int8 network nearly as tfjs does", async () => {
  const file = modelFile(writeInt8Onnx(quantized, graph));
  const contestant = { ...ONNXRUNTIME, precision: "int8" } as const;
  await assertInt8Answer(await openOnnxruntimeWeb(file, contestant));
});

Deno.test("LiteRT.js runs an f32 network as tfjs does", async () => {
  const file = modelFile(writeFloatTflite(network, graph));
  await assertFloatAnswer(await openLiteRt(file, LITERT));
});

Deno.test("LiteRT.js runs an int8 network nearly as tfjs does", async () => {
  const file = modelFile(writeInt8Tflite(quantized, graph));
  const contestant = { ...LITERT, precision: "int8" } as const;
  await assertInt8Answer(await openLiteRt(file, contestant));
});
