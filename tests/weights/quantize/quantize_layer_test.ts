import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import type { LayerWeights } from "../../../src/model/mod.ts";
import {
  type ConvExtents,
  forEachPacked,
} from "../../../src/weights/quantize/pack.ts";
import {
  foldPreprocessing,
  quantizeConv,
  quantizeDense,
} from "../../../src/weights/quantize/quantize_layer.ts";
import {
  dequantizeConv,
  dequantizeDense,
} from "../../../src/weights/quantize/dequantize.ts";
import { randomNumbers } from "../../random.ts";
import { filled } from "../../filled.ts";

/** A convolution of any extents with random weights, ranges and means. */
const conv = fc.record({
  kernelHeight: fc.integer({ min: 1, max: 3 }),
  kernelWidth: fc.integer({ min: 1, max: 3 }),
  inputs: fc.integer({ min: 1, max: 9 }),
  outputs: fc.integer({ min: 1, max: 17 }),
  seed: fc.nat(),
}).map(({ seed, ...extents }) => {
  const random = randomNumbers(seed);
  const { inputs } = extents;
  return {
    extents,
    weights: randomConv(extents, random),
    // From 0.01 to 100, like the channels of different branches.
    ranges: filled(Float32Array, inputs, () => 10 ** (4 * random() - 2)),
    means: filled(Float64Array, inputs, random),
  };
});

/** A single weight for a single value. */
const SINGLE = { kernelHeight: 1, kernelWidth: 1, inputs: 1, outputs: 1 };

Deno.test("quantizeConv() and dequantizeConv() lose less than a step of each weight, and half a step of each kernel's sum", () => {
  fc.assert(fc.property(conv, ({ extents, weights, ranges, means }) => {
    const layer = quantizeConv(weights, extents, ranges, means);
    const { kernel } = dequantizeConv(layer, extents, ranges);
    const sums = new Float64Array(extents.inputs * extents.outputs);
    forEachPacked(extents, (plain, _, input, output) => {
      const step = layer.scale[output]! / ranges[input]!;
      const lost = (weights.kernel[plain]! - kernel[plain]!) / step;
      sums[input * extents.outputs + output]! += lost;
      // A weight's f32 rounding error is below 1e-5 steps.
      assert.ok(Math.abs(lost) < 1.00001, `${lost} steps are lost`);
    });
    for (const sum of sums) {
      assert.ok(Math.abs(sum) < 0.501, `${sum} steps of a sum are lost`);
    }
  }));
});

Deno.test("quantizeConv() rounds to the nearest step where a kernel is a single weight", () => {
  fc.assert(fc.property(conv, ({ extents, weights, ranges, means }) => {
    if (extents.kernelHeight * extents.kernelWidth > 1) return;
    const layer = quantizeConv(weights, extents, ranges, means);
    const { kernel } = dequantizeConv(layer, extents, ranges);
    forEachPacked(extents, (plain, _, input, output) => {
      const lost = Math.abs(kernel[plain]! - weights.kernel[plain]!);
      const step = layer.scale[output]! / ranges[input]!;
      assert.ok(lost <= step * 0.50001, `${lost / step} steps are lost`);
    });
  }));
});

Deno.test("quantizeConv() gives each output channel the scale that makes its largest weight 127", () => {
  fc.assert(fc.property(conv, ({ extents, weights, ranges, means }) => {
    const { weight, scale } = quantizeConv(weights, extents, ranges, means);
    const largest = new Float64Array(extents.outputs);
    const codes = new Float64Array(extents.outputs);
    forEachPacked(extents, (plain, packed, input, output) => {
      const folded = Math.abs(weights.kernel[plain]! * ranges[input]!);
      largest[output] = Math.max(largest[output]!, folded);
      codes[output] = Math.max(codes[output]!, Math.abs(weight[packed]!));
    });
    assert.equal(scale.length, extents.outputs);
    for (const [output, it] of scale.entries()) {
      assert.equal(codes[output], 127);
      assert.ok(Math.abs(it * 127 / largest[output]! - 1) < 1e-6);
    }
    assert.ok(weight.every((it) => it >= -127));
  }));
});

Deno.test("quantizeConv() folds the ranges of input channels into the weights", () => {
  const extents = { ...SINGLE, inputs: 2 };
  const weights = {
    kernel: Float32Array.of(1, -0.5),
    bias: Float32Array.of(0.25),
  };
  const layer = quantizeConv(weights, extents, [2, 8], [0, 0]);
  // 1 * 2 and -0.5 * 8, the larger of which becomes 127.
  assert.deepEqual([...layer.weight.subarray(0, 4)], [64, -127, 0, 0]);
  assert.equal(layer.scale[0], Math.fround(4 / 127));
  assert.equal(layer.bias[0], 0.25);
});

Deno.test("quantizeConv() gives the same layer when ranges grow as weights shrink", () => {
  fc.assert(fc.property(conv, ({ extents, weights, ranges, means }) => {
    const factor = (input: number) => 2 ** (input % 5);
    const kernel = weights.kernel.slice();
    forEachPacked(extents, (plain, _, input) => {
      kernel[plain]! /= factor(input);
    });
    const expected = quantizeConv(weights, extents, ranges, means);
    const found = quantizeConv(
      { kernel, bias: weights.bias },
      extents,
      ranges.map((it, input) => it * factor(input)),
      means.map((it, input) => it * factor(input)),
    );
    assert.deepEqual(found, expected);
  }));
});

Deno.test("quantizeConv() pads with zeros", () => {
  const extents = { kernelHeight: 2, kernelWidth: 3, inputs: 5, outputs: 9 };
  const weights = randomConv(extents, randomNumbers(1));
  const { weight } = quantizeConv(
    weights,
    extents,
    Array(5).fill(1),
    Array(5).fill(0),
  );
  const padding = new Set(weight.keys());
  assert.equal(padding.size, 2 * 2 * (3 * 2) * 32);
  forEachPacked(extents, (_, packed) => padding.delete(packed));
  assert.equal(padding.size, 2 * 2 * (3 * 2) * 32 - 2 * 3 * 5 * 9);
  for (const place of padding) assert.equal(weight[place], 0);
});

Deno.test("quantizeConv() corrects the bias for the mean shift", () => {
  const extents = { kernelHeight: 3, kernelWidth: 3, inputs: 5, outputs: 7 };
  const random = randomNumbers(2);
  const weights = randomConv(extents, random);
  // On a torus, each tap sees every pixel, so its mean is that of its channel.
  const side = 8;
  const pixels = filled(
    Float64Array,
    side * side * 5,
    (i) => random() * (1 + i % 5),
  );
  const means = new Float64Array(5);
  for (const [i, it] of pixels.entries()) means[i % 5]! += it / (side * side);
  const ranges = [1, 2, 3, 4, 5];
  const layer = quantizeConv(weights, extents, ranges, means);
  const quantized = dequantizeConv(layer, extents, ranges);

  const expected = meansOnTorus(weights, extents, pixels, side);
  const found = meansOnTorus(quantized, extents, pixels, side);
  const uncorrected = meansOnTorus(
    { kernel: quantized.kernel, bias: weights.bias },
    extents,
    pixels,
    side,
  );
  assert.ok(maxDifference(found, expected) < 2e-6);
  assert.ok(maxDifference(uncorrected, expected) > 1e-3);
});

Deno.test("quantizeConv() gives zeros and the same bias for a channel without weights", () => {
  const extents = { ...SINGLE, inputs: 3, outputs: 2 };
  const weights = {
    kernel: Float32Array.of(0, 1, 0, 2, 0, 3), // Channel 0 has none.
    bias: Float32Array.of(0.7, 0),
  };
  const layer = quantizeConv(weights, extents, [1, 1, 1], [5, 5, 5]);
  assert.deepEqual([...layer.weight.subarray(0, 4)], [0, 0, 0, 0]);
  assert.ok(layer.scale[0]! > 0);
  assert.equal(layer.bias[0], Math.fround(0.7));
  const { kernel } = dequantizeConv(layer, extents, [1, 1, 1]);
  for (const i of [0, 2, 4]) assert.equal(kernel[i], 0);
});

Deno.test("quantizeConv() gives finite numbers for weights near the smallest f32", () => {
  // Weight decay leaves such values in channels that died in training.
  for (const exponent of [-38, -40, -42, -43, -44, -45]) {
    const weights = {
      kernel: Float32Array.of(1.5 * 10 ** exponent),
      bias: Float32Array.of(0.5),
    };
    const layer = quantizeConv(weights, SINGLE, [1], [1]);
    const { kernel } = dequantizeConv(layer, SINGLE, [1]);
    assert.equal(layer.bias[0], 0.5, `1.5e${exponent}`);
    assert.ok(layer.weight[0]! >= 0, `1.5e${exponent}`);
    assert.ok(Math.abs(kernel[0]!) <= 1.5e-38, `1.5e${exponent}`);
  }
});

Deno.test("quantizeDense() gives [units, inputs] and a scale for each unit", () => {
  const layer = quantizeDense({
    kernel: Float32Array.of(1, -4, 0.5, 2, -0.25, 0), // 3 inputs, 2 units
    bias: Float32Array.of(3, -3),
  });
  assert.deepEqual([...layer.weight], [127, 64, -32, -127, 64, 0]);
  assert.deepEqual(
    [...layer.scale],
    [Math.fround(1 / 127), Math.fround(4 / 127)],
  );
  assert.deepEqual([...layer.bias], [3, -3]);
});

Deno.test("quantizeDense() and dequantizeDense() lose at most half a step of each weight", () => {
  const extents = fc.record({
    inputs: fc.integer({ min: 1, max: 20 }),
    units: fc.integer({ min: 1, max: 9 }),
    seed: fc.nat(),
  });
  fc.assert(fc.property(extents, ({ inputs, units, seed }) => {
    const weights = randomConv(
      { ...SINGLE, inputs, outputs: units },
      randomNumbers(seed),
    );
    const layer = quantizeDense(weights);
    const { kernel, bias } = dequantizeDense(layer);
    assert.deepEqual(bias, weights.bias);
    for (let unit = 0; unit < units; unit++) {
      const codes = layer.weight.subarray(unit * inputs, (unit + 1) * inputs);
      assert.equal(Math.max(...codes.map(Math.abs)), 127);
      for (let i = unit; i < kernel.length; i += units) {
        const lost = Math.abs(kernel[i]! - weights.kernel[i]!);
        assert.ok(lost <= layer.scale[unit]! * 0.50001);
      }
    }
  }));
});

Deno.test("quantizeDense() gives zeros for a unit without weights", () => {
  const layer = quantizeDense({
    kernel: Float32Array.of(0, 1, 0, 1),
    bias: Float32Array.of(2, 0),
  });
  assert.deepEqual([...layer.weight], [0, 0, 127, 127]);
  const { kernel, bias } = dequantizeDense(layer);
  assert.deepEqual([kernel[0], kernel[2], bias[0]], [0, 0, 2]);
});

Deno.test("foldPreprocessing() gives the convolution of the bytes themselves", () => {
  const extents = { kernelHeight: 3, kernelWidth: 3, inputs: 3, outputs: 4 };
  const random = randomNumbers(3);
  const weights = randomConv(extents, random);
  const before = weights.kernel.slice();
  // Different in each channel, like torchvision's.
  const scale = [
    1 / (255 * 0.229),
    1 / (255 * 0.224),
    1 / (255 * 0.225),
  ] as const;
  const offset = [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225] as const;
  const folded = foldPreprocessing(weights, {
    crop: { kind: "squash" },
    resize: "antialiased",
    scale,
    offset,
  });
  const bytes = filled(Float64Array, 27, () => Math.floor(random() * 256));
  const values = bytes.map((q, i) => scale[i % 3]! * q + offset[i % 3]!);
  const expected = dot(weights, values);
  assert.ok(maxDifference(dot(folded, bytes), expected) < 1e-5);
  assert.deepEqual(weights.kernel, before);
});

Deno.test("foldPreprocessing() is exact where f32 is", () => {
  const random = randomNumbers(4);
  const sixtyFourths = (length: number) =>
    filled(Float32Array, length, () => Math.floor(random() * 128 - 64) / 64);
  const weights = { kernel: sixtyFourths(27 * 2), bias: sixtyFourths(2) };
  const folded = foldPreprocessing(weights, {
    crop: { kind: "squash" },
    resize: "antialiased",
    scale: [1 / 128, 1 / 64, 1 / 256],
    offset: [-1, -2, 0.5],
  });
  const bytes = filled(Float64Array, 27, (i) => i * 9);
  const values = bytes.map((q, i) =>
    q / [128, 64, 256][i % 3]! + [-1, -2, 0.5][i % 3]!
  );
  assert.deepEqual(dot(folded, bytes), dot(weights, values));
});

/** Random weights `[KH, KW, C, O]` in -1..1, apart from the channels' magnitudes. */
function randomConv(
  { kernelHeight, kernelWidth, inputs, outputs }: ConvExtents,
  random: () => number,
): LayerWeights {
  const size = filled(Float64Array, outputs, () => 0.1 + random());
  return {
    kernel: filled(
      Float32Array,
      kernelHeight * kernelWidth * inputs * outputs,
      (i) => (2 * random() - 1) * size[i % outputs]!,
    ),
    bias: filled(Float32Array, outputs, () => 2 * random() - 1),
  };
}

/** A convolution at one position, for all output channels. */
function dot(
  { kernel, bias }: LayerWeights,
  values: Float64Array,
): Float64Array {
  return Float64Array.from(bias, (bias, o) =>
    values.reduce(
      (sum, it, i) => sum + it * kernel[i * kernelStride(kernel, values) + o]!,
      bias,
    ));
}

function kernelStride(kernel: Float32Array, values: Float64Array): number {
  return kernel.length / values.length;
}

/** The mean of each output channel of a convolution that wraps around. */
function meansOnTorus(
  weights: LayerWeights,
  { kernelHeight, kernelWidth, inputs, outputs }: ConvExtents,
  pixels: Float64Array,
  side: number,
): Float64Array {
  const means = new Float64Array(outputs);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const values: number[] = [];
      for (let row = 0; row < kernelHeight; row++) {
        for (let column = 0; column < kernelWidth; column++) {
          const pixel = (y + row) % side * side + (x + column) % side;
          values.push(
            ...pixels.subarray(pixel * inputs, (pixel + 1) * inputs),
          );
        }
      }
      for (const [o, it] of dot(weights, Float64Array.from(values)).entries()) {
        means[o]! += it / (side * side);
      }
    }
  }
  return means;
}

function maxDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((max, it, i) => Math.max(max, Math.abs(it - b[i]!)), 0);
}
