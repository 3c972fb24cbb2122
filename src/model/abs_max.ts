import { type Graph, INPUT } from "./graph.ts";
import { inferShapes } from "./shapes.ts";

/** The largest value of an image. */
export const IMAGE_MAX = 255;

/**
 * The largest value per channel of the activations that convolutions read, by node name.
 * A max pool has the maxima of its input, and a concatenation those of its parts, so that
 * neither has to rescale codes.
 *
 * @param absMax Returns the largest value of a convolution or an average pool.
 */
export function channelAbsMax(
  graph: Graph,
  absMax: (name: string) => number,
): ReadonlyMap<string, Float32Array> {
  const shapes = inferShapes(graph);
  const maxima = new Map<string, Float32Array>();
  const fill = (name: string, value: number) =>
    maxima.set(name, new Float32Array(shapes.get(name)![2]).fill(value));
  fill(INPUT, IMAGE_MAX);
  for (const node of graph.nodes) {
    switch (node.op) {
      case "conv":
      case "avgPool":
        fill(node.name, absMax(node.name));
        break;
      case "maxPool":
        maxima.set(node.name, maxima.get(node.input)!);
        break;
      case "concat": {
        const all = new Float32Array(shapes.get(node.name)![2]);
        let channel = 0;
        for (const name of node.inputs) {
          const part = maxima.get(name)!;
          all.set(part, channel);
          channel += part.length;
        }
        maxima.set(node.name, all);
        break;
      }
      default: // From here on activations are f32.
    }
  }
  return maxima;
}
