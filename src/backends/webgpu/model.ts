/**
 * The bytes of a network in the GPU's memory: weights as they are stored, and the
 * tables by which sums become codes.
 *
 * @module
 */
import { inferShapes, type QuantizedNetwork } from "../../model/mod.ts";
import { channelRanges } from "../../model/ranges.ts";
import { type Rescale, rescaleOf, signedStarts } from "../int8/rescale.ts";
import { RESCALE_VECTORS } from "./layout.ts";
import type { Plan } from "./plan.ts";

/**
 * Gives `write` all of the model's bytes, in whole words, and where they go.
 *
 * @param network Of the plan's graph.
 */
export function writeModel(
  { graph, bits, parts }: Plan,
  network: Pick<QuantizedNetwork, "quantized" | "range">,
  write: (offset: number, bytes: Int8Array | Float32Array) => void,
): void {
  const qmax = 2 ** bits - 1;
  const shapes = inferShapes(graph);
  const ranges = channelRanges(graph, (name) => network.range(name));
  for (const { node, weights, table } of parts) {
    switch (node.op) {
      case "conv": {
        const { weight } = network.quantized(node.name);
        write(weights, weight);
        write(table, rescaleTable(weight, rescaleOf(network, node, qmax)));
        break;
      }
      case "avgPool": {
        const range = network.range(node.name);
        write(table, ranges.get(node.input)!.map((it) => it / range));
        break;
      }
      case "globalAvgPool": {
        const [height, width] = shapes.get(node.input)!;
        const count = qmax * height * width;
        write(table, ranges.get(node.input)!.map((it) => it / count));
        break;
      }
      case "dense": {
        const { weight, scale, bias } = network.quantized(node.name);
        write(weights, wholeWords(weight));
        const rescale = new Float32Array(4 * node.units);
        for (let unit = 0; unit < node.units; unit++) {
          rescale.set([scale[unit]!, bias[unit]!], 4 * unit);
        }
        write(table, rescale);
        break;
      }
    }
  }
}

/** For each panel 8 multipliers, 8 offsets, and 8 starts, which are i32. */
function rescaleTable(
  weight: Int8Array,
  { multipliers, offsets }: Rescale,
): Float32Array {
  const panels = Math.ceil(multipliers.length / 8);
  const values = RESCALE_VECTORS * 4;
  const table = new Float32Array(panels * values);
  const starts = new Int32Array(table.buffer);
  const length = weight.length / panels;
  for (let panel = 0; panel < panels; panel++) {
    const at = panel * values;
    const channels = [8 * panel, 8 * panel + 8] as const;
    table.set(multipliers.subarray(...channels), at);
    table.set(offsets.subarray(...channels), at + 8);
    starts.set(
      signedStarts(weight.subarray(panel * length, (panel + 1) * length)),
      at + 16,
    );
  }
  return table;
}

/** With zeros behind, where it doesn't end with a word. */
function wholeWords(weight: Int8Array): Int8Array {
  if (weight.length % 4 === 0) return weight;
  const words = new Int8Array(Math.ceil(weight.length / 4) * 4);
  words.set(weight);
  return words;
}
