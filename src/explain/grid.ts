import { type Graph, INPUT, type Node, nodeInputs } from "../model/graph.ts";
import { inferShapes, samePadding } from "../model/shapes.ts";

/** The position of an activation's cells in the network's square input. */
export interface Grid {
  /** The side of the input, in pixels. */
  readonly inputSize: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  /** The distance between centres of adjacent cells, in input pixels. */
  readonly stride: number;
  /** The distance from the input's edge to the centre of the first cell, in pixels. */
  readonly offset: number;
}

/**
 * Computes the grid of an activation from the convolutions and pools before it.
 *
 * Windows without padding don't cover the edges of their input: at 299 pixels, cells are
 * 32 pixels apart, and the centre of the first one is 37.5 pixels from the edge.
 */
export function gridOf(graph: Graph, output: string): Grid {
  const shapes = inferShapes(graph);
  let stride = 1;
  let offset = 0.5;
  for (const node of pathTo(graph, output)) {
    if (!("stride" in node)) continue; // A concatenation.
    const [, width] = shapes.get(node.input)!;
    const window = node.op === "conv" ? node.kernel[1] : node.size;
    const before = node.padding === "valid"
      ? 0
      : samePadding(width, window, node.stride)[0];
    offset += ((window - 1) / 2 - before) * stride;
    stride *= node.stride;
  }
  const [rows, columns, channels] = shapes.get(output)!;
  return { inputSize: graph.input[0], rows, columns, channels, stride, offset };
}

/** The nodes on a path from the image to `output`. All paths have the same grid. */
function pathTo(graph: Graph, output: string): readonly Node[] {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const path: Node[] = [];
  for (let name = output; name !== INPUT;) {
    const node = nodes.get(name)!;
    path.push(node);
    name = nodeInputs(node)[0]!;
  }
  return path.reverse();
}
