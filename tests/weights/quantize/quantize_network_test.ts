import assert from "node:assert/strict";
import {
  type ConvNode,
  inceptionV3,
  INPUT,
  isWeighted,
  type Network,
  type QuantizedNetwork,
} from "../../../src/model/mod.ts";
import { calibrateByImages } from "../../../src/convert/calibrate_by_images.ts";
import { calibrateByBatchNorm } from "../../../src/weights/quantize/calibrate_by_batch_norm.ts";
import { channelFactors } from "../../../src/weights/quantize/channel_factors.ts";
import { quantizeNetwork } from "../../../src/weights/quantize/quantize_network.ts";
import { withFloatWeights } from "../../../src/weights/quantize/dequantize.ts";
import { cosine } from "../../cosine.ts";
import { importModel } from "../../layers_model.ts";
import { noise } from "../../random.ts";
import { evaluate } from "../../reference.ts";

const network = await narrowNetwork();
const graph = inceptionV3({ ...network.architecture, variant: 75 });
const weighted = graph.nodes.filter(isWeighted);
const PROVENANCE = { source: "random numbers", license: "CC0-1.0" };

const NOISE = noise(75, 1);
/** Waves, different in each channel, which random weights distinguish from noise. */
const WAVES = Uint8Array.from(
  NOISE,
  (_, i) => 127 + 127 * Math.sin((i >> 2) % 75 / 5 + i % 4),
);
const onNoise = evaluate(network, graph, NOISE);
const onWaves = evaluate(network, graph, WAVES);

const CALIBRATIONS = {
  images: calibrateOn([noise(75, 2), WAVES.toReversed()]),
  "batch-norm": calibrateByBatchNorm(network, graph),
};

for (const [method, calibration] of Object.entries(CALIBRATIONS)) {
  const quantized = quantizeNetwork(network, calibration, PROVENANCE);

  Deno.test(`quantizeNetwork() keeps the features, calibrated by ${method}`, () => {
    const features = (of: ReturnType<typeof evaluate>) =>
      of.get(graph.outputs.features)!.values;
    const noise = features(evaluate(quantized, graph, NOISE));
    const waves = features(evaluate(quantized, graph, WAVES));
    assert.ok(cosine(noise, features(onNoise)) > 0.999);
    assert.ok(cosine(waves, features(onWaves)) > 0.999);
    // Most of the features doesn't depend on the image, so compare the differences.
    const change = cosine(
      subtract(waves, noise),
      subtract(features(onWaves), features(onNoise)),
    );
    assert.ok(change > 0.99, `${change}`);
  });

  Deno.test(`quantizeNetwork() gives layers that codes are multiplied with, calibrated by ${method}`, () => {
    const name = "Mixed_5c/branch1x1"; // Reads four branches.
    const { input, channels } = weighted.find((it) =>
      it.name === name
    ) as ConvNode;
    const { weight, scale, bias } = quantized.quantized(name);
    const branches = graph.nodes.find((it) => it.name === input)!;
    assert.ok(branches.op === "concat" && branches.inputs.length === 4);
    const ranges = branches.inputs.flatMap((branch) =>
      Array<number>(onNoise.get(branch)!.shape[2]).fill(
        quantized.absMax(branch),
      )
    );
    const levels = 127;
    const x = onNoise.get(input)!;
    const inputs = x.shape[2];
    const found = onNoise.get(name)!.values.map((_, i) => {
      const pixel = Math.floor(i / channels);
      const o = i % channels;
      let sum = 0;
      for (let c = 0; c < inputs; c++) {
        const value = x.values[pixel * inputs + c]!;
        const code = Math.min(levels, Math.round(value * levels / ranges[c]!));
        // 1 x 1: [O/8, C/4, 8, 4].
        const at = ((o >> 3) * Math.ceil(inputs / 4) + (c >> 2)) * 32 +
          (o & 7) * 4 + (c & 3);
        sum += weight[at]! * code;
      }
      return Math.max(0, sum * scale[o]! / levels + bias[o]!);
    });
    const similarity = cosine(found, onNoise.get(name)!.values);
    assert.ok(similarity > 0.99, `${similarity}`);
  });

  Deno.test(`quantizeNetwork() gives every layer in whole numbers, calibrated by ${method}`, () => {
    for (const { name, ...node } of weighted) {
      const { weight, scale, bias } = quantized.quantized(name);
      const outputs = node.op === "conv" ? node.channels : node.units;
      assert.deepEqual([scale.length, bias.length], [outputs, outputs], name);
      assert.ok(scale.every((it) => it > 0 && it < Infinity), name);
      assert.ok(bias.every(Number.isFinite), name);
      assert.ok(weight.every((it) => it >= -127), name);
      assert.ok(weight.includes(127) || weight.includes(-127), name);
    }
  });

  Deno.test(`quantized() gives the same bytes each time, calibrated by ${method}`, () => {
    const again = quantizeNetwork(network, calibration, PROVENANCE);
    for (const { name } of weighted.toReversed()) {
      assert.deepEqual(quantized.quantized(name), again.quantized(name));
      assert.deepEqual(quantized.quantized(name), again.quantized(name));
    }
  });
}

Deno.test("quantizeNetwork() makes bytes the input of the first layer", () => {
  const quantized = quantizeByImages();
  const [first] = graph.nodes;
  assert.ok(first!.op === "conv" && first!.input === INPUT);
  const { crop, resize } = network.preprocessing;
  assert.deepEqual(quantized.preprocessing, {
    crop,
    resize,
    scale: [1, 1, 1],
    offset: [0, 0, 0],
  });
  const expected = onNoise.get(first!.name)!.values;
  const found = evaluate(quantized, graph, NOISE).get(first!.name)!.values;
  const factors = channelFactors(graph, CALIBRATIONS.images).get(first!.name)!;
  assert.ok(factors.some((it) => it > 1.2));
  const unscaled = found.map((it, i) => it / factors[i % factors.length]!);
  assert.ok(cosine(unscaled, expected) > 0.9999);
});

Deno.test("quantizeNetwork() says what the network is and where it comes from", () => {
  const quantized = quantizeByImages();
  assert.deepEqual(quantized.architecture, {
    ...network.architecture,
    auxiliary: false,
  });
  assert.deepEqual(quantized.labels, network.labels);
  assert.deepEqual(quantized.calibration, { method: "images", images: 2 });
  const { source, license } = quantized;
  assert.deepEqual({ source, license }, PROVENANCE);
});

Deno.test("quantizeNetwork() refuses names without weights or a range", () => {
  const quantized = quantizeByImages();
  for (const name of ["nothing", "Mixed_5b", "MaxPool_3a_3x3", INPUT]) {
    const message = new RegExp(`"${name}"`);
    const expected = { name: "ArgumentError", message };
    assert.throws(() => quantized.quantized(name), expected);
    assert.throws(() => quantized.weights(name), expected);
    assert.throws(() => quantized.absMax(name), expected);
  }
  assert.throws(() => quantized.absMax("Logits"), { name: "ArgumentError" });
  assert.throws(() => quantized.weights("Mixed_5b/AvgPool_3x3"), {
    name: "ArgumentError",
  });
  assert.ok(quantized.absMax("Mixed_5b/AvgPool_3x3") > 0);
});

Deno.test("quantizeNetwork() takes what images say of low79, which has a pool less", () => {
  const low = inceptionV3({ ...network.architecture, variant: "low79" });
  const image = noise(79, 4);
  const quantized = quantizeNetwork(
    network,
    calibrateOn([noise(79, 2), noise(79, 3)], low),
    PROVENANCE,
  );
  const { features } = low.outputs;
  const [expected, found] = [network, quantized].map((it) =>
    evaluate(it, low, image).get(features)!.values
  );
  assert.ok(cosine(found!, expected!) > 0.999);
});

Deno.test("withFloatWeights() gives the weights that stored layers stand for", () => {
  const quantized = quantizeByImages();
  const layers = new Map(
    weighted.map(({ name }) => [name, quantized.quantized(name)]),
  );
  const { weights: _, ...metadata } = quantized;
  const stored = withFloatWeights({
    ...metadata,
    quantized: (name) => layers.get(name)!,
  });
  for (const { name } of weighted) {
    assert.deepEqual(stored.weights(name), quantized.weights(name), name);
  }
});

function quantizeByImages(): QuantizedNetwork {
  return quantizeNetwork(network, CALIBRATIONS.images, PROVENANCE);
}

function calibrateOn(images: readonly Uint8Array[], of = graph) {
  const calibration = calibrateByImages(network, of);
  for (const pixels of images) {
    calibration.addImage(pixels);
    const activations = evaluate(network, of, pixels);
    for (const { op, name } of of.nodes) {
      if (op !== "conv" && op !== "maxPool" && op !== "avgPool") continue;
      const { values } = activations.get(name)!;
      calibration.addActivation(name, Float32Array.from(values));
    }
  }
  return calibration.finish();
}

async function narrowNetwork(): Promise<Network> {
  return await importModel({
    architecture: {
      widthMultiplier: 1 / 16,
      classes: 7,
      hiddenUnits: [9],
    },
    gamma: true,
  });
}

function subtract(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((it, i) => it - b[i]!);
}
