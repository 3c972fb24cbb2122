/**
 * Writes a network into the GPU's memory: weights as they are stored, and tables.
 *
 * @module
 */
import type { QuantizedNetwork } from "../../model/mod.ts";
import { stepTables } from "../int8/tables.ts";
import type { Plan } from "./plan.ts";

/**
 * Passes the bytes of the model to `write`, in whole words, with their offsets.
 *
 * @param network A network of the plan's graph.
 */
export function writeModel(
  { graph, bits, tile, steps }: Plan,
  network: Pick<QuantizedNetwork, "quantized" | "absMax">,
  write: (offset: number, bytes: Int8Array | Uint8Array) => void,
): void {
  const tableOf = stepTables(
    graph,
    network,
    2 ** bits - 1,
    () => tile.products === "dot4",
  );
  for (const { step, weights, table } of steps) {
    if (step.op === "conv" || step.op === "dense") {
      write(weights, wholeWords(network.quantized(step.node.name).weight));
    }
    const bytes = tableOf(step);
    if (bytes.length > 0) write(table, bytes);
  }
}

/** Pads weights with zeros to whole words. */
function wholeWords(weight: Int8Array): Int8Array {
  if (weight.length % 4 === 0) return weight;
  const words = new Int8Array(Math.ceil(weight.length / 4) * 4);
  words.set(weight);
  return words;
}
