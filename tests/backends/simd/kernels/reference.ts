/**
 * The bit-exact reference for the int8 engine's kernels, in scalar code. Codes and
 * weights are integers, everything else is f32: `Math.fround` after each operation
 * matches the hardware.
 */
import type { ActivationBuffer } from "../../../../src/backends/int8/plan_activations.ts";
import type { Shape, WindowNode } from "../../../../src/model/mod.ts";
import { filled } from "../../../filled.ts";
import { windows } from "../../../reference.ts";

const { fround } = Math;

/** Codes of 0..255, `[height, width, channels]`. */
export interface Codes {
  readonly shape: Shape;
  readonly values: Uint8Array;
}

/** The movement of a window. */
export type Window = Pick<WindowNode<string>, "stride" | "padding">;

/** The conversion of each output channel's sums to codes. */
export interface Rescale {
  readonly multipliers: Float32Array;
  readonly offsets: Float32Array;
  /** The initial values of sums. */
  readonly starts: Int32Array;
}

/**
 * The sums of a convolution, `[height, width, channels]`.
 *
 * @param weights `[KH, KW, input channels, output channels]`
 */
export function convolve(
  input: Codes,
  shape: Shape,
  kernel: readonly [height: number, width: number],
  window: Window,
  weights: Int8Array,
): Int32Array {
  const inputs = input.shape[2];
  const outputs = shape[2];
  const sums = windows(input, shape, kernel, window, (pixels, channel) => {
    let sum = 0;
    for (const { at, tap } of pixels) {
      for (let i = 0; i < inputs; i++) {
        const weight = weights[(tap * inputs + i) * outputs + channel]!;
        sum += input.values[at + i]! * weight;
      }
    }
    return sum;
  });
  return Int32Array.from(sums);
}

export function requantize(
  sums: Int32Array,
  { multipliers, offsets, starts }: Rescale,
  qmax: number,
): Uint8Array {
  return filled(Uint8Array, sums.length, (i) => {
    const channel = i % starts.length;
    return code(
      sums[i]! + starts[channel]!,
      multipliers[channel]!,
      offsets[channel]!,
      qmax,
    );
  });
}

export function maxPool(
  input: Codes,
  shape: Shape,
  size: number,
  window: Window,
): Uint8Array {
  const codes = windows(
    input,
    shape,
    [size, size],
    window,
    (pixels, channel) =>
      Math.max(...pixels.map(({ at }) => input.values[at + channel]!)),
  );
  return Uint8Array.from(codes);
}

export function averagePool(
  input: Codes,
  shape: Shape,
  size: number,
  window: Window,
  countIncludePad: boolean,
  multipliers: Float32Array,
  qmax: number,
): Uint8Array {
  const codes = windows(
    input,
    shape,
    [size, size],
    window,
    (pixels, channel) => {
      let sum = 0;
      for (const { at } of pixels) sum += input.values[at + channel]!;
      const inverse = fround(1 / (countIncludePad ? size ** 2 : pixels.length));
      return code(sum, fround(inverse * multipliers[channel]!), 0.5, qmax);
    },
  );
  return Uint8Array.from(codes);
}

/** `trunc(min(sum * multiplier + offset, qmax))`, and 0 for negative values. */
function code(
  sum: number,
  multiplier: number,
  offset: number,
  qmax: number,
): number {
  const value = fround(fround(fround(sum) * multiplier) + offset);
  return Math.max(0, Math.trunc(Math.min(value, qmax)));
}

export function globalAveragePool(
  { values }: Codes,
  multipliers: Float32Array,
): Float32Array {
  const channels = multipliers.length;
  return multipliers.map((multiplier, channel) => {
    let sum = 0;
    for (let i = channel; i < values.length; i += channels) sum += values[i]!;
    return fround(sum) * multiplier;
  });
}

export function globalMaxPool(
  { values }: Codes,
  multipliers: Float32Array,
): Float32Array {
  const channels = multipliers.length;
  return multipliers.map((multiplier, channel) => {
    let most = 0;
    for (let i = channel; i < values.length; i += channels) {
      most = Math.max(most, values[i]!);
    }
    return most * multiplier;
  });
}

export function flatten(
  { values }: Codes,
  multipliers: Float32Array,
): Float32Array {
  return Float32Array.from(
    values,
    (it, i) => it * multipliers[i % multipliers.length]!,
  );
}

/** @param weights `[units, inputs]` */
export function dense(
  inputs: Float32Array,
  weights: Int8Array,
  scale: Float32Array,
  bias: Float32Array,
  relu: boolean,
): Float32Array {
  return scale.map((scale, unit) => {
    const sums = new Float32Array(16);
    for (const [i, input] of inputs.entries()) {
      sums[i % 16]! += fround(input * weights[unit * inputs.length + i]!);
    }
    const fours = Float32Array.from(
      [0, 1, 2, 3],
      (i) =>
        fround(sums[i]! + sums[i + 4]!) + fround(sums[i + 8]! + sums[i + 12]!),
    );
    const sum = fround(
      fround(fours[0]! + fours[1]!) + fround(fours[2]! + fours[3]!),
    );
    const result = fround(fround(sum * scale) + bias[unit]!);
    return relu && result < 0 ? 0 : result;
  });
}

export function softmax(logits: Float32Array): Float32Array {
  const most = Math.max(...logits);
  const powers = logits.map((it) => exp(it - most)); // As f32.
  const sum = powers.reduce((sum, it) => sum + it, 0); // As f64.
  return powers.map((it) => it / sum);
}

export function sigmoid(logits: Float32Array): Float32Array {
  return logits.map((it) => {
    const power = exp(-Math.abs(it));
    return (it < 0 ? power : 1) / (1 + power);
  });
}

function exp(x: number): number {
  if (x < -700) return 0;
  const k = roundEven(x * 1.4426950408889634);
  const r = x - k * 0.6931471805599453;
  let series = 1;
  for (let n = 12; n > 0; n--) series = series * r / n + 1;
  return series * 2 ** k;
}

function roundEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** All bytes of a buffer outside its pixels. */
export function border(
  memory: Uint8Array,
  { shape: [height, width], pixelBytes, rowBytes, frameY, frameX, offset }:
    ActivationBuffer,
  fill: number,
): void {
  const start = offset - frameY * rowBytes - frameX * pixelBytes;
  const end = offset + (height + frameY) * rowBytes;
  for (let at = start; at < end; at++) {
    const y = Math.floor((at - offset) / rowBytes);
    const inRow = at - offset - y * rowBytes < width * pixelBytes;
    if (y < 0 || y >= height || !inRow) memory[at] = fill;
  }
}
