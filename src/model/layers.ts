/**
 * Functions that write a graph down layer by layer.
 *
 * @module
 */
import type { Activation, Node, Padding } from "./graph.ts";

/** What all layers of a graph have in common. */
export interface LayerOptions {
  /** Whether batch norm follows each convolution; unless given it does. */
  readonly batchNorm?: boolean;
  /** See `AvgPoolNode`; padding isn't counted unless given. */
  readonly countIncludePad?: boolean;
  /** A factor on the channels of convolutions; 1 unless given. */
  readonly widthMultiplier?: number;
}

/** Functions that add a layer and return its name. */
export type Layers = ReturnType<typeof layers>;

/** @param add Takes the nodes in the order in which they are written down. */
export function layers(
  add: (node: Node) => void,
  options: LayerOptions = {},
) {
  const { batchNorm = true, countIncludePad = false, widthMultiplier = 1 } =
    options;
  const named = (node: Node) => {
    add(node);
    return node.name;
  };
  return {
    conv: (
      name: string,
      input: string,
      channels: number,
      kernel: number | readonly [height: number, width: number],
      stride = 1,
      padding: Padding = "same",
      activation: Activation = "relu",
    ) =>
      named({
        op: "conv",
        name,
        input,
        kernel: typeof kernel === "number" ? [kernel, kernel] : kernel,
        stride,
        padding,
        channels: Math.max(1, Math.round(channels * widthMultiplier)),
        batchNorm,
        activation,
      }),
    maxPool: (
      name: string,
      input: string,
      size = 3,
      stride = 2,
      padding: Padding = "valid",
    ) => named({ op: "maxPool", name, input, size, stride, padding }),
    avgPool: (
      name: string,
      input: string,
      size = 3,
      stride = 1,
      padding: Padding = "same",
    ) =>
      named({
        op: "avgPool",
        name,
        input,
        size,
        stride,
        padding,
        countIncludePad,
      }),
    concat: (name: string, inputs: readonly string[]) =>
      named({ op: "concat", name, inputs }),
    globalAvgPool: (name: string, input: string) =>
      named({ op: "globalAvgPool", name, input }),
    dense: (
      name: string,
      input: string,
      units: number,
      activation: Activation,
    ) => named({ op: "dense", name, input, units, activation }),
    softmax: (name: string, input: string) =>
      named({ op: "softmax", name, input }),
  };
}
