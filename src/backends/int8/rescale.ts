/**
 * From sums of products to codes: `trunc(sum * multiplier + offset)`, clamped to
 * the codes that there are.
 *
 * @module
 */
import {
  type ConvNode,
  INPUT,
  type QuantizedNetwork,
} from "../../model/mod.ts";
import { IMAGE_RANGE } from "../../model/ranges.ts";

/** How the sums of each output channel become codes. */
export interface Rescale {
  readonly multipliers: Float32Array;
  /** With the half by which truncating rounds. */
  readonly offsets: Float32Array;
}

/** @param qmax The largest code, 255 with 8 bits. */
export function rescaleOf(
  network: Pick<QuantizedNetwork, "quantized" | "range">,
  { name, input }: ConvNode,
  qmax: number,
): Rescale {
  const { scale, bias } = network.quantized(name);
  const range = network.range(name);
  const most = input === INPUT ? IMAGE_RANGE : qmax;
  return {
    multipliers: scale.map((it) => it / range * (qmax / most)),
    offsets: bias.map((it) => it / range * qmax + 0.5),
  };
}

/**
 * What the sums of 8 channels begin with where codes are multiplied less 128: 128
 * times the sum of their weights.
 *
 * @param panel In the order `[KH, KW*C/4, 8, 4]`.
 */
export function signedStarts(panel: Int8Array): Int32Array {
  const starts = new Int32Array(8);
  for (let i = 0; i < panel.length; i++) starts[i >> 2 & 7]! += panel[i]!;
  return starts.map((it) => it * 128);
}
