/**
 * Where the pixels of an activation lie on the image, to compare those of two
 * resolutions at the same places.
 *
 * @module
 */
import type { Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Tfjs } from "../backends/tfjs/execute.ts";
import {
  type Graph,
  inferShapes,
  INPUT,
  nodesFor,
  samePadding,
} from "../model/mod.ts";

/** A row of an activation's pixels, in parts of the image's side. */
export interface NodeGrid {
  /** The middle of the first. */
  readonly first: number;
  /** From one to the next. */
  readonly step: number;
  /** How many there are. */
  readonly count: number;
}

/**
 * The grid of a node of the stem, where each node reads the one before.
 */
export function nodeGrid(graph: Graph, name: string): NodeGrid {
  const shapes = inferShapes(graph);
  let first = 0.5;
  let step = 1;
  for (const node of nodesFor(graph, name)) {
    if (node.op !== "conv" && node.op !== "maxPool") {
      throw new RangeError(
        `Cannot place "${node.name}" as it isn't in the stem`,
      );
    }
    const { input, stride, padding } = node;
    const window = node.op === "conv" ? node.kernel[0] : node.size;
    const [before] = padding === "same"
      ? samePadding(shapes.get(input)![0], window, stride)
      : [0];
    first += step * ((window - 1) / 2 - before);
    step *= stride;
  }
  const [side] = shapes.get(INPUT)!;
  return {
    first: first / side,
    step: step / side,
    count: shapes.get(name)![0],
  };
}

/**
 * An activation at the pixels of another grid of the same image, interpolated
 * between its own.
 *
 * @param x `[images, from.count, from.count, channels]`.
 * @param from Reaches as far as `to`.
 * @returns `[images, to.count, to.count, channels]`.
 */
export function onGrid(
  tf: Tfjs,
  x: Tensor4D,
  from: NodeGrid,
  to: NodeGrid,
): Tensor4D {
  const [images] = x.shape;
  // In parts of the way from its own first pixel to its last.
  const length = from.step * (from.count - 1);
  const start = (to.first - from.first) / length;
  const end = start + to.step * (to.count - 1) / length;
  const boxes = Array.from({ length: images }, () => [start, start, end, end]);
  const indices = tf.range(0, images, 1, "int32") as Tensor1D;
  return tf.image.cropAndResize(
    x,
    tf.tensor2d(boxes),
    indices,
    [to.count, to.count],
    "bilinear",
  );
}
