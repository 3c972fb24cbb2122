import type {
  Activation,
  Graph,
  Node,
  Outputs,
  Padding,
  Shape,
} from "./graph.ts";

/** Options that apply to all layers of a graph. */
export interface LayerOptions {
  /** Whether batch norm follows each convolution; true unless given. */
  readonly batchNorm?: boolean;
  /** See `AvgPoolNode`; false unless given. */
  readonly countIncludePad?: boolean;
  /** A factor on the channel counts of convolutions; 1 unless given. */
  readonly widthMultiplier?: number;
}

/** Functions that add a layer to a graph and return its name. */
export type LayerBuilder = ReturnType<typeof layerBuilder>;

/**
 * Builds a graph from the layers that `build` adds, in that order.
 *
 * @param build Adds layers and returns the outputs.
 */
export function buildGraph(
  input: Shape,
  options: LayerOptions,
  build: (net: LayerBuilder) => Outputs,
): Graph {
  const nodes: Node[] = [];
  const outputs = build(layerBuilder((node) => nodes.push(node), options));
  return { input, nodes, outputs };
}

/** @param add Called with the nodes in execution order. */
export function layerBuilder(
  add: (node: Node) => void,
  { batchNorm = true, countIncludePad = false, widthMultiplier = 1 }:
    LayerOptions,
) {
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
    globalMaxPool: (name: string, input: string) =>
      named({ op: "globalMaxPool", name, input }),
    flatten: (name: string, input: string) =>
      named({ op: "flatten", name, input }),
    softmax: (name: string, input: string) =>
      named({ op: "softmax", name, input }),
    sigmoid: (name: string, input: string) =>
      named({ op: "sigmoid", name, input }),
  };
}
