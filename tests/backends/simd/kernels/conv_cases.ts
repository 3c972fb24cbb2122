/** Convolutions of all kinds, compared with a reference. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import type {
  ConvKind,
  WinogradKind,
} from "../../../../src/backends/simd/kernel_config.ts";
import { planGraph } from "../../../../src/backends/simd/plan.ts";
import {
  RESCALE_BYTES,
  TABLE_BYTES,
} from "../../../../src/backends/simd/records.ts";
import { INPUT, type Shape } from "../../../../src/model/mod.ts";
import {
  forEachPacked,
  packedShape,
} from "../../../../src/weights/quantize/pack.ts";
import { randomNumbers } from "../../../random.ts";
import {
  claimSlice,
  frameOf,
  putCodes,
  sides,
  SIGNED,
  signMasks,
  slideOver,
  surroundings,
  windowFields,
  writeCodes,
} from "./activations.ts";
import { type KernelInstance, prepare } from "./kernels.ts";
import { convolve, requantize, type Rescale } from "./reference.ts";
import { filled } from "../../../filled.ts";

const KERNELS: readonly (readonly [height: number, width: number])[] = [
  [1, 1],
  [3, 3],
  [5, 5],
  [1, 7],
  [7, 1],
  [1, 3],
  [3, 1],
];

/** The kernels that use start values. */
const RELAXED = /^conv(I32|I16|Wide)$/;

/** Values between two ends, or only those closest to overflow. */
const spread = fc.constantFrom("any", "least", "most", "ends");

type Spread = "any" | "least" | "most" | "ends";

/** The relation between sums and the range of codes. */
const rescaling = fc.constantFrom(
  "within", // Codes, some of them clamped.
  "whole", // Sums are whole steps of codes, so that adding a half rounds up.
  "cancel", // The offset cancels all but an integer: each rounding shows.
  "tiny", // Multipliers near the smallest of f32.
  "huge", // Everything is clamped, including values that overflow f32.
);

/** A convolution, and its split into tasks. */
export const convCases = fc.record({
  kernel: fc.constantFrom(...KERNELS),
  stride: fc.constantFrom(1, 2),
  padding: fc.constantFrom("valid" as const, "same" as const),
  sides: sides(9),
  inputs: fc.integer({ min: 1, max: 40 }),
  outputs: fc.integer({ min: 1, max: 40 }),
  // A maximum; the planner's own value if it is smaller.
  taskPixels: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constant(Infinity)),
  taskPanels: fc.integer({ min: 1, max: 6 }),
  around: surroundings,
  codes: spread,
  weights: spread,
  rescaling,
  qmax: fc.constantFrom(127, 255),
  signMask: signMasks,
  seed: fc.nat(),
});

interface Shapes {
  readonly input: Shape;
  readonly output: Shape;
}

/** A single case. */
export type ConvCase = typeof convCases extends fc.Arbitrary<infer T> ? T
  : never;

/**
 * Compares a kernel with the reference.
 *
 * @param largest The largest code of the input.
 * @param signed Whether a code of the input is its byte + 128.
 * @param given Codes and weights by index, which replace those of the case.
 */
export function checkConv(
  kernels: KernelInstance,
  kind: ConvKind | WinogradKind | "convWide",
  it: ConvCase,
  largest: 127 | 255,
  signed = false,
  given: Partial<Record<"codes" | "weights", (index: number) => number>> = {},
): void {
  const { kernel, inputs, outputs, qmax, signMask } = it;
  const random = randomNumbers(it.seed);
  const shapes = slideOver(it.sides, inputs, kernel, it, outputs);
  const [height, width] = shapes.output;
  const [inputHeight, inputWidth] = shapes.input;
  const nextCode = between(0, largest, it.codes, random);
  const nextWeight = between(-127, 127, it.weights, random);
  const codes = {
    shape: shapes.input,
    values: filled(
      Uint8Array,
      inputHeight * inputWidth * inputs,
      (i) => given.codes ? given.codes(i) : nextCode(),
    ),
  };
  const weights = filled(
    Int8Array,
    kernel[0] * kernel[1] * inputs * outputs,
    (i) => given.weights ? given.weights(i) : nextWeight(),
  );
  const sums = convolve(codes, shapes.output, kernel, it, weights);
  const rescale = rescaleOf(it, kind, largest, sums, random);

  const bench = prepare(kernels);
  const frame = frameOf(shapes.input, kernel, it);
  const input = putCodes(bench, codes, {
    frameY: frame.frameY + it.around.frameY,
    frameX: frame.frameX + it.around.frameX,
    before: 0,
    after: 0,
  }, signed ? SIGNED : 0);
  const output = claimSlice(bench, shapes.output, it.around);
  const panels = Math.ceil(outputs / 8);
  const { taskPixels, taskPanels, scratchBytes } = planConv(shapes, it, kind);
  const pixels = height * width;
  const tasks = Math.ceil(unitsOf(kind, kernel, shapes.output) / taskPixels) *
    Math.ceil(panels / taskPanels);
  const fields = {
    ...windowFields(input, output, kernel, it),
    run: kernel[1] * input.buffer.pixelBytes,
    kernelRows: kernel[0],
    width,
    pixels,
    taskPixels,
    weights: bench.put(pack(weights, it)),
    panels,
    taskPanels,
    lastChannels: outputs - (panels - 1) * 8,
    rescale: bench.put(records(rescale, signed ? weights : null)),
    qmax,
    signMask,
  };
  bench.run(kind, tasks, fields, (memory) => {
    const expected = requantize(sums, rescale, qmax);
    writeCodes(memory, output, expected, signMask);
  }, scratchBytes);
}

/** The units of tasks: pixels, or Winograd's tiles. */
export function unitsOf(
  kind: ConvKind | WinogradKind | "convWide" | null,
  kernel: readonly [height: number, width: number],
  [height, width]: Shape,
): number {
  const side = kind === "convWinograd"
    ? 4
    : kind === "convWinogradLine"
    ? 3
    : 1;
  return Math.ceil(height / (kernel[0] > 1 ? side : 1)) *
    Math.ceil(width / (kernel[1] > 1 ? side : 1));
}

function between(
  least: number,
  most: number,
  spread: Spread,
  random: () => number,
): () => number {
  switch (spread) {
    case "any":
      return () => least + Math.floor(random() * (most - least + 1));
    case "least":
      return () => least;
    case "most":
      return () => most;
    case "ends":
      return () => random() < 0.5 ? least : most;
  }
}

function rescaleOf(
  { rescaling, kernel, inputs, outputs, qmax }: ConvCase,
  kind: ConvKind | WinogradKind | "convWide",
  largest: number,
  sums: Int32Array,
  random: () => number,
): Rescale {
  const values = kernel[0] * kernel[1] * inputs;
  // Scales most sums of mixed signs into the range of codes.
  const fit = qmax / (64 * largest * Math.sqrt(values));
  const sign = () => random() < 0.5 ? -1 : 1;
  const multipliers = new Float32Array(outputs);
  const offsets = new Float32Array(outputs);
  const starts = new Int32Array(outputs);
  const pixels = sums.length / outputs;
  for (let i = 0; i < outputs; i++) {
    // Plain kernels don't use start values: theirs are 0.
    if (RELAXED.test(kind)) starts[i] = sign() * random() * 1e5;
    switch (rescaling) {
      case "within":
        multipliers[i] = fit * 4 ** (2 * random() - 1);
        offsets[i] = qmax * (2 * random() - 0.5) + 0.5;
        break;
      case "whole":
        multipliers[i] = 2 ** Math.round(Math.log2(fit));
        offsets[i] = Math.floor(random() * qmax) + 0.5;
        break;
      case "cancel": {
        multipliers[i] = fit * 4 ** (2 * random() - 1);
        const pixel = Math.floor(random() * pixels);
        const sum = Math.fround(sums[pixel * outputs + i]! + starts[i]!);
        offsets[i] = 1 - Math.fround(sum * multipliers[i]!);
        break;
      }
      case "tiny":
        multipliers[i] = 10 ** (-45 * random());
        offsets[i] = qmax * random() + 0.5;
        break;
      case "huge":
        multipliers[i] = 10 ** (38 * random());
        offsets[i] = sign() * 10 ** (38 * random());
        break;
    }
  }
  return { multipliers, offsets, starts };
}

/** Orders weights as kernels read them. */
function pack(
  weights: Int8Array,
  { kernel, inputs, outputs }: ConvCase,
): Int8Array {
  const extents = {
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    inputs,
    outputs,
  };
  const packed = new Int8Array(packedShape(extents).reduce((a, b) => a * b));
  forEachPacked(extents, (from, to) => packed[to] = weights[from]!);
  return packed;
}

/**
 * For each 8 channels: 8 multipliers, 8 offsets, 8 start values.
 *
 * @param weights If given, 128 times their sums are added to the start values.
 */
function records(
  { multipliers, offsets, starts }: Rescale,
  weights: Int8Array | null,
): ArrayBufferView {
  const channels = multipliers.length;
  const view = new DataView(
    new ArrayBuffer(Math.ceil(channels / 8) * RESCALE_BYTES),
  );
  for (let channel = 0; channel < channels; channel++) {
    const at = Math.floor(channel / 8) * RESCALE_BYTES + channel % 8 * 4;
    view.setFloat32(at, multipliers[channel]!, true);
    view.setFloat32(at + 32, offsets[channel]!, true);
    let start = starts[channel]!;
    if (weights) {
      for (let i = channel; i < weights.length; i += channels) {
        start += 128 * weights[i]!;
      }
    }
    view.setInt32(at + 64, start, true);
  }
  return view;
}

/** The planner's split of a convolution, and its scratch memory. */
function planConv(
  { input, output }: Shapes,
  it: ConvCase,
  kind: ConvKind | WinogradKind | "convWide",
) {
  const [height, width, channels] = input;
  const conv = {
    op: "conv",
    batchNorm: false,
    activation: "relu",
  } as const;
  const { levels, scratchBytes } = planGraph({
    input: [height, width, 3],
    nodes: [{
      ...conv,
      name: "before",
      input: INPUT,
      kernel: [1, 1],
      stride: 1,
      padding: "valid",
      channels,
    }, {
      ...conv,
      name: "conv",
      input: "before",
      kernel: it.kernel,
      stride: it.stride,
      padding: it.padding,
      channels: output[2],
    }, { op: "globalAvgPool", name: "features", input: "conv" }],
    outputs: { features: "features" },
  }, kind === "convWide" ? "wide" : RELAXED.test(kind) ? "relaxed" : "plain");
  for (const step of levels.flat()) {
    if (step.op !== "conv" || step.node.name !== "conv") continue;
    const { taskPixels, taskPanels, winograd } = step;
    if (kind.startsWith("convWinograd")) assert.equal(winograd, kind);
    return {
      taskPixels: Math.min(it.taskPixels, taskPixels),
      taskPanels: Math.min(it.taskPanels, taskPanels),
      scratchBytes: RELAXED.test(kind)
        ? TABLE_BYTES + step.scratchBytes
        : scratchBytes,
    };
  }
  throw new Error("unreachable");
}
