import { type Graph, INPUT } from "./graph.ts";
import { inferShapes } from "./shapes.ts";

/** The range of the image's own codes. */
export const IMAGE_RANGE = 255;

/**
 * The range of every channel of the activations that convolutions read, by the
 * name of the node. A max pool keeps its input's ranges, a concatenation has
 * those of its parts, so that neither computes anything but codes.
 *
 * @param rangeOf Gives the range of a convolution or an average pool.
 */
export function channelRanges(
  graph: Graph,
  rangeOf: (name: string) => number,
): ReadonlyMap<string, Float32Array> {
  const shapes = inferShapes(graph);
  const ranges = new Map<string, Float32Array>();
  const fill = (name: string, range: number) =>
    ranges.set(name, new Float32Array(shapes.get(name)![2]).fill(range));
  fill(INPUT, IMAGE_RANGE);
  for (const node of graph.nodes) {
    switch (node.op) {
      case "conv":
      case "avgPool":
        fill(node.name, rangeOf(node.name));
        break;
      case "maxPool":
        ranges.set(node.name, ranges.get(node.input)!);
        break;
      case "concat": {
        const all = new Float32Array(shapes.get(node.name)![2]);
        let channel = 0;
        for (const name of node.inputs) {
          const own = ranges.get(name)!;
          all.set(own, channel);
          channel += own.length;
        }
        ranges.set(node.name, all);
        break;
      }
      default: // From here on activations are f32.
    }
  }
  return ranges;
}
