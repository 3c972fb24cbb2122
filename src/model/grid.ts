import { type Graph, INPUT, type Node, nodeInputs } from "./graph.ts";
import { inferShapes, samePadding } from "./shapes.ts";

/** Where the cells of an activation lie in the network's square input. */
export interface Grid {
  /** The input's side, in pixels. */
  readonly side: number;
  readonly rows: number;
  readonly columns: number;
  /** The activations' channels. */
  readonly channels: number;
  /** From one cell's middle to the next, in pixels of the input. */
  readonly step: number;
  /** The middle of the first row and column, in pixels from the input's edge. */
  readonly first: number;
}

/**
 * The grid that the convolutions and pools before an activation make of the image.
 *
 * Windows that stay inside their input leave out its edges: at 299 pixels, cells
 * are 32 pixels apart, and the middle of the first is 37.5 from the edge.
 *
 * @param output The activation's node.
 */
export function gridOf(graph: Graph, output: string): Grid {
  const shapes = inferShapes(graph);
  let step = 1;
  let first = 0.5;
  for (const node of pathTo(graph, output)) {
    if (!("stride" in node)) continue; // A concatenation.
    const [, width] = shapes.get(node.input)!;
    const window = node.op === "conv" ? node.kernel[1] : node.size;
    const before = node.padding === "valid"
      ? 0
      : samePadding(width, window, node.stride)[0];
    first += ((window - 1) / 2 - before) * step;
    step *= node.stride;
  }
  const [rows, columns, channels] = shapes.get(output)!;
  return { side: graph.input[0], rows, columns, channels, step, first };
}

/** The nodes from the image to `output`, by one of the ways: all have one grid. */
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
