import { type Graph, INPUT } from "../../model/mod.ts";
import { firstActivations } from "../../model/first_activations.ts";

/**
 * The largest code of each activation, by node name. Codes have `bits` bits; the image
 * and the {@linkcode firstActivations}, which lose the most by rounding, have 8.
 */
export function largestCodes(
  graph: Pick<Graph, "nodes" | "outputs">,
  bits: 7 | 8,
): (name: string) => number {
  const bytes = new Set([INPUT, ...firstActivations(graph)]);
  return (name) => 2 ** (bytes.has(name) ? 8 : bits) - 1;
}
