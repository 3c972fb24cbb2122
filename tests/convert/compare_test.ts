import assert from "node:assert/strict";
import { tf } from "../tfjs.ts";
import {
  compareInt8,
  type Fidelity,
  watchF32,
} from "../../src/convert/compare.ts";
import { AbortedError } from "../../src/errors.ts";
import {
  type AnswerActivation,
  inceptionV3,
  inferShapes,
  type Network,
  nodesFor,
  type QuantizedNetwork,
} from "../../src/model/mod.ts";
import { firstActivations } from "../../src/model/first_activations.ts";
import {
  calibrateByBatchNorm,
  quantizeNetwork,
  readNetwork,
  writeNetwork,
} from "../../src/weights/mod.ts";
import { withFloatWeights } from "../../src/weights/quantize/dequantize.ts";
import { channelFactors } from "../../src/weights/quantize/channel_factors.ts";
import { importModel } from "../layers_model.ts";
import { noise } from "../random.ts";
import { evaluate } from "../reference.ts";
import { filled } from "../filled.ts";

const network = await importModel({ gamma: true });
const graph = inceptionV3({ ...network.architecture, variant: 75 });
const images = [noise(75, 1), waves(3), waves(7), waves(20), noise(75, 2)];
const expected = await watchF32(network, { graph, images });
const { ranges, ...calibration } = calibrateByBatchNorm(network, graph);
const quantized = quantizeNetwork(
  network,
  {
    ...calibration,
    // In f32, like in files.
    ranges: new Map([...ranges].map(([name, it]) => [name, Math.fround(it)])),
  },
  { source: "random numbers", license: "CC0-1.0" },
);
const fidelity = {
  7: await compareInt8(expected, quantized, 7, { graph, images }),
  8: await compareInt8(expected, quantized, 8, { graph, images }),
};
const layers = nodesFor(graph, graph.outputs.logits!)
  .filter(({ op }) => op === "conv" || op === "avgPool")
  .map(({ name }) => name);

Deno.test("watchF32() keeps the features, the answer and a part of each layer", () => {
  const shapes = inferShapes(graph);
  assert.equal(expected.length, images.length);
  for (const [i, { features, answer, layers: found }] of expected.entries()) {
    const activations = evaluate(network, graph, images[i]!);
    const exact = activations.get(graph.outputs.features)!.values;
    assert.equal(features.length, exact.length);
    assert.ok(features.every((it, i) => Math.abs(it - exact[i]!) < 1e-4));
    const logits = activations.get(graph.outputs.logits!)!.values;
    assert.deepEqual(answer, [logits.indexOf(Math.max(...logits))]);
    assert.deepEqual([...found.keys()], layers);
    for (const [name, values] of found) {
      const [height, width, channels] = shapes.get(name)!;
      const pixels = values.length / channels;
      // About four, if there are as many.
      assert.ok(pixels >= Math.min(3, height * width) && pixels <= 4, name);
      const first = activations.get(name)!.values.subarray(0, channels);
      assert.ok(first.every((it, c) => Math.abs(it - values[c]!) < 1e-4), name);
    }
  }
});

Deno.test("watchF32() answers with the largest feature where there are no classes", async () => {
  const headless: Network = {
    ...network,
    architecture: { ...network.architecture, classes: 0 },
    labels: [],
  };
  const graph = inceptionV3({ ...headless.architecture, variant: 75 });
  const runs = await watchF32(headless, { graph, images });
  for (const [i, { features, answer }] of runs.entries()) {
    assert.deepEqual(features, expected[i]!.features);
    assert.deepEqual(answer, [features.indexOf(Math.max(...features))]);
  }
});

for (const bits of [7, 8] as const) {
  Deno.test(`compareInt8() finds a network true to its own quantization with ${bits} bits`, () => {
    const { featuresCosine, ...metadata } = fidelity[bits];
    assert.deepEqual([metadata.bits, metadata.images], [bits, images.length]);
    const { mean, min } = featuresCosine;
    assert.ok(min > 0.99 && min <= mean && mean <= 1, `${min}, ${mean}`);
    assert.ok(
      metadata.sameAnswer! >= images.length - 1,
      `${metadata.sameAnswer}`,
    );
    for (const { name, signalToNoise } of metadata.layers) {
      assert.ok(signalToNoise! > 5, `${name}: ${signalToNoise} dB`);
    }
  });

  Deno.test(`compareInt8() names layers in the order in which they run, with ${bits} bits`, () => {
    assert.deepEqual(fidelity[bits].layers.map(({ name }) => name), layers);
  });
}

Deno.test("compareInt8() finds 7 bits no better than 8", () => {
  const { 7: seven, 8: eight } = fidelity;
  assert.ok(seven.featuresCosine.mean <= eight.featuresCosine.mean);
  // A bit is worth 6 dB, and the rounding of weights is the same.
  assert.ok(meanSignalToNoise(seven) < meanSignalToNoise(eight) - 3);
  assert.ok(seven.sameAnswer! <= images.length);
  assert.ok(seven.logitsError! > eight.logitsError!);
  assert.ok(eight.logitsError! > 0 && eight.logitsError! < 0.1);
});

Deno.test("compareInt8() counts answers that are the same", async () => {
  // int8's answer must be f32's with the dequantized weights.
  const runs = await watchF32(quantized, { graph, images });
  for (const wrong of [0, 2, images.length]) {
    const { sameAnswer } = await compareInt8(
      runs.map((run, i) => i < wrong ? { ...run, answer: [] } : run),
      quantized,
      8,
      { graph, images },
    );
    assert.equal(sameAnswer, images.length - wrong);
  }
});

Deno.test("compareInt8() compares what a sigmoid answers: the classes of 0.5 and above", async () => {
  const { network, quantized, ...options } = withActivation("sigmoid");
  const runs = await watchF32(network, options);
  for (const [i, { answer }] of runs.entries()) {
    const logits = evaluate(network, options.graph, images[i]!).get("Logits")!;
    const isOver = (k: number) => 1 / (1 + Math.exp(-logits.values[k]!)) >= 0.5;
    assert.deepEqual(answer, [...logits.values.keys()].filter(isOver));
  }
  assert.ok(runs.some(({ answer }) => answer.length > 1));
  const found = await compareInt8(runs, quantized, 8, options);
  assert.equal(found.activation, "sigmoid");
  assert.ok(found.sameAnswer! >= images.length - 1, `${found.sameAnswer}`);
  // Another class, although the top one is the same.
  const more = runs.map((it) => ({ ...it, answer: [...it.answer, 99] }));
  const none = await compareInt8(more, quantized, 8, options);
  assert.equal(none.sameAnswer, 0);
});

Deno.test("compareInt8() compares logits as numbers where they are the answers", async () => {
  const { network, quantized, ...options } = withActivation("none");
  const runs = await watchF32(network, options);
  const found = await compareInt8(runs, quantized, 8, options);
  assert.deepEqual([found.activation, found.sameAnswer], ["none", undefined]);
  assert.equal(found.logitsError, fidelity[8].logitsError);
  const doubled = runs.map((it) => ({
    ...it,
    logits: it.logits!.map((it) => 2 * it),
  }));
  const half = await compareInt8(doubled, quantized, 8, options);
  assert.ok(Math.abs(half.logitsError! - 0.5) < 0.05, `${half.logitsError}`);
});

Deno.test("compareInt8() finds the same in a network that was written and read", async () => {
  const read = await readNetwork(writeNetwork(quantized).stream);
  const found = await compareInt8(expected, read, 8, { graph, images });
  assert.deepEqual(found, fidelity[8]);
});

Deno.test("compareInt8() divides channels by what they are multiplied by", async () => {
  const provenance = { source: "random numbers", license: "CC0-1.0" };
  const channelRanges = new Map(
    [...firstActivations(graph)].map((name) => {
      const { bias } = network.weights(name);
      return [name, bias.map((_, c) => ranges.get(name)! / (1 + c % 4))];
    }),
  );
  const scaled = { ...calibration, ranges, channelRanges };
  const network8 = quantizeNetwork(network, scaled, provenance);
  const factors = channelFactors(graph, scaled);
  const options = { graph, images, factors };
  const found = await compareInt8(expected, network8, 8, options);
  const wrong = await compareInt8(expected, network8, 8, { graph, images });
  assert.deepEqual(found.featuresCosine, wrong.featuresCosine);
  for (const [i, { name, signalToNoise }] of found.layers.entries()) {
    assert.ok(signalToNoise! > 5, `${name}: ${signalToNoise} dB`);
    if (factors.has(name)) {
      assert.ok(wrong.layers[i]!.signalToNoise! < signalToNoise!);
    }
  }
});

Deno.test("compareInt8() shows where a network is damaged", async () => {
  const damaged = "Mixed_6c/branch1x1";
  const negated = damage((name, codes) =>
    name === damaged ? codes.map((it) => -it) : codes
  );
  const found = await compareInt8(expected, negated, 8, { graph, images });
  const at = layers.indexOf(damaged);
  assert.ok(found.layers[at]!.signalToNoise! < 3);
  // Layers that don't read it are unchanged.
  assert.deepEqual(
    found.layers.slice(0, at),
    fidelity[8].layers.slice(0, at),
  );
  assert.ok(found.featuresCosine.min < fidelity[8].featuresCosine.min);
});

Deno.test("compareInt8() has no figure of a layer that is 0, or exact", async () => {
  const silent = layers[0]!;
  const zeros = expected.map((run) => ({
    ...run,
    features: run.features.map(() => 0),
    layers: new Map(
      [...run.layers].map(([name, values]) => [
        name,
        name === silent ? values.map(() => 0) : values,
      ]),
    ),
  }));
  const options = { graph, images };
  const found = await compareInt8(zeros, quantized, 8, options);
  assert.deepEqual(found.layers[0], { name: silent });
  assert.equal(found.featuresCosine.min, 0);
  assert.doesNotMatch(JSON.stringify(found), /null/);
});

Deno.test("compareInt8() gives a low cosine to a network that computes something else", async () => {
  const other = damage((_, codes) => codes.toReversed());
  const options = { graph, images };
  const { featuresCosine } = await compareInt8(expected, other, 8, options);
  assert.ok(featuresCosine.mean < 0.9, `${featuresCosine.mean}`);
});

Deno.test("compareInt8() and watchF32() tell of each image, and leave no tensor behind", async () => {
  const tensors = tf.memory().numTensors;
  let seen = 0;
  const options = { graph, images, onImage: () => void seen++ };
  await watchF32(network, options);
  assert.equal(seen, images.length);
  await compareInt8(expected, quantized, 8, options);
  assert.equal(seen, 2 * images.length);
  assert.equal(tf.memory().numTensors, tensors);
});

Deno.test("compareInt8() and watchF32() stop between images when the signal fires", async () => {
  const tensors = tf.memory().numTensors;
  for (const last of [0, 2]) {
    for (
      const watch of [
        (options: Parameters<typeof watchF32>[1]) => watchF32(network, options),
        (options: Parameters<typeof watchF32>[1]) =>
          compareInt8(expected, quantized, 8, options),
      ]
    ) {
      const reason = new Error("the person went on");
      const controller = new AbortController();
      let seen = 0;
      if (last === 0) controller.abort(reason);
      const onImage = () => {
        if (++seen === last) controller.abort(reason);
      };
      const { signal } = controller;
      await assert.rejects(
        watch({ graph, images, signal, onImage }),
        (error) => {
          assert.ok(error instanceof AbortedError);
          assert.equal(error.cause, reason);
          return true;
        },
      );
      assert.equal(seen, last);
    }
  }
  assert.equal(tf.memory().numTensors, tensors);
});

function meanSignalToNoise({ layers }: Fidelity): number {
  const sum = layers.reduce((sum, it) => sum + it.signalToNoise!, 0);
  return sum / layers.length;
}

/** The networks with another activation of their logits. */
function withActivation(activation: AnswerActivation) {
  const architecture = { ...network.architecture, activation };
  return {
    network: { ...network, architecture },
    quantized: { ...quantized, architecture },
    graph: inceptionV3({ ...architecture, variant: 75 }),
    images,
  };
}

/** The quantized network with other codes. */
function damage(
  change: (name: string, codes: Int8Array) => Int8Array,
): QuantizedNetwork {
  return withFloatWeights({
    ...quantized,
    quantized(name) {
      const { weight, ...vectors } = quantized.quantized(name);
      return { ...vectors, weight: change(name, weight) };
    },
  });
}

/** Smooth stripes of a colour, `width` pixels wide. */
function waves(width: number): Uint8Array {
  return filled(
    Uint8Array,
    75 * 75 * 4,
    (i) => 127 + 127 * Math.sin((i >> 2) % 75 / width + i % 4),
  );
}
