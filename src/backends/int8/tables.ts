/**
 * The tables of a network's steps, which turn sums of codes into codes or f32 values.
 * All numbers are f32 unless noted.
 *
 *     conv            for each panel of 8 output channels: 8 multipliers,
 *                     8 offsets, 8 initial sums (i32)
 *     avgPool         a multiplier for each channel
 *     global pools    a multiplier for each channel
 *     dense           a scale for each unit, then a bias for each unit
 *
 * A sum becomes the code `trunc(sum * multiplier + offset)`, clamped to the range of
 * codes.
 *
 * @module
 */
import type { ConvNode, Graph, QuantizedNetwork } from "../../model/mod.ts";
import { channelAbsMax } from "../../model/abs_max.ts";
import { largestCodes } from "./largest_code.ts";
import { panelCount, type Step, type StepOf } from "./lower.ts";

export type TableSource = Pick<QuantizedNetwork, "quantized" | "absMax">;

/** Size of a panel's table of a convolution, in bytes. */
export const RESCALE_BYTES = 96;

/** Size of a step's table, in bytes. */
export function tableBytes(step: Step): number {
  switch (step.op) {
    case "conv":
      return panelCount(step) * RESCALE_BYTES;
    case "avgPool":
    case "globalAvgPool":
    case "globalMaxPool":
    case "flatten":
      return 4 * step.input.channels;
    case "dense":
      return 2 * 4 * step.node.units;
    default:
      return 0;
  }
}

/**
 * Prepares the tables of a network.
 *
 * @param bits The bits of activations.
 * @param isSigned Whether a convolution's kernel multiplies codes minus 128. Initial
 * sums then compensate; otherwise they are 0.
 * @returns A function that makes the table of a step, {@linkcode tableBytes} long.
 */
export function stepTables(
  graph: Graph,
  network: TableSource,
  bits: 7 | 8,
  isSigned: (node: ConvNode) => boolean,
): (step: Step) => Uint8Array<ArrayBuffer> {
  const maxima = channelAbsMax(graph, (name) => network.absMax(name));
  const largest = largestCodes(graph, bits);
  return (step) => {
    const table = new Float32Array(tableBytes(step) / 4);
    switch (step.op) {
      case "conv":
        writeRescales(table, step.node, network, largest);
        if (isSigned(step.node)) writeInitialSums(table, step, network);
        break;
      case "avgPool": {
        const absMax = network.absMax(step.node.name);
        table.set(maxima.get(step.node.input)!.map((it) => it / absMax));
        break;
      }
      case "globalAvgPool": {
        const [height, width] = step.input.buffer.shape;
        const count = largest(step.node.input) * height * width;
        table.set(maxima.get(step.node.input)!.map((it) => it / count));
        break;
      }
      case "globalMaxPool":
      case "flatten": {
        const qmax = largest(step.node.input);
        table.set(maxima.get(step.node.input)!.map((it) => it / qmax));
        break;
      }
      case "dense": {
        const { scale, bias } = network.quantized(step.node.name);
        table.set(scale);
        table.set(bias, scale.length);
        break;
      }
      default: // The step has no table.
    }
    return new Uint8Array(table.buffer);
  };
}

function writeRescales(
  table: Float32Array,
  { name, input }: ConvNode,
  network: TableSource,
  largest: (name: string) => number,
): void {
  const { scale, bias } = network.quantized(name);
  const absMax = network.absMax(name);
  const qmax = largest(name);
  const step = qmax / largest(input);
  for (let channel = 0; channel < scale.length; channel++) {
    const at = (channel >> 3) * RESCALE_BYTES / 4 + (channel & 7);
    table[at] = scale[channel]! / absMax * step;
    // Truncating then rounds.
    table[at + 8] = bias[channel]! / absMax * qmax + 0.5;
  }
}

function writeInitialSums(
  table: Float32Array,
  step: StepOf<"conv">,
  network: TableSource,
): void {
  const { weight } = network.quantized(step.node.name);
  const panels = panelCount(step);
  const length = weight.length / panels;
  for (let panel = 0; panel < panels; panel++) {
    new Int32Array(table.buffer, panel * RESCALE_BYTES + 64, 8).set(
      initialSums(weight.subarray(panel * length, (panel + 1) * length)),
    );
  }
}

/**
 * The initial sums of 8 channels whose codes are multiplied minus 128: 128 times the
 * sum of each channel's weights.
 *
 * @param panel Weights in the order `[KH, KW*C/4, 8, 4]`.
 */
export function initialSums(panel: Int8Array): Int32Array {
  const sums = new Int32Array(8);
  for (let i = 0; i < panel.length; i++) sums[i >> 2 & 7]! += panel[i]!;
  return sums.map((it) => it * 128);
}
