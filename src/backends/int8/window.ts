/**
 * The windows that convolutions and pools slide over an activation.
 *
 * @module
 */
import type {
  AvgPoolNode,
  ConvNode,
  MaxPoolNode,
  Shape,
} from "../../model/mod.ts";
import { samePadding } from "../../model/shapes.ts";

/** A node that slides a window. */
export type SlidingNode = ConvNode | MaxPoolNode | AvgPoolNode;

/** Pixels before and after the input on one axis. */
type Padding = readonly [before: number, after: number];

/** The padding that a node's windows read around an input of `shape`. */
export function windowPadding(
  node: SlidingNode,
  [height, width]: Shape,
): readonly [y: Padding, x: Padding] {
  if (node.padding === "valid") return [[0, 0], [0, 0]];
  const [kernelY, kernelX] = node.op === "conv"
    ? node.kernel
    : [node.size, node.size];
  return [
    samePadding(height, kernelY, node.stride),
    samePadding(width, kernelX, node.stride),
  ];
}
