import { type Graph, INPUT, type Node } from "../../src/model/mod.ts";

/** A graph of `nodes`, with a single-class classifier on the last one. */
export function smallGraph(
  input: Graph["input"],
  nodes: readonly Node[],
): Graph {
  return {
    input,
    nodes: [
      ...nodes,
      { op: "globalAvgPool", name: "features", input: nodes.at(-1)!.name },
      {
        op: "dense",
        name: "logits",
        input: "features",
        units: 1,
        activation: "linear",
      },
      { op: "softmax", name: "probabilities", input: "logits" },
    ],
    outputs: {
      features: "features",
      logits: "logits",
      probabilities: "probabilities",
    },
  };
}

/** A 1 x 1 convolution to one channel, with `changes`. */
export function conv(
  name: string,
  input = INPUT,
  changes: Partial<Extract<Node, { op: "conv" }>> = {},
): Node {
  return {
    op: "conv",
    name,
    input,
    kernel: [1, 1],
    stride: 1,
    padding: "valid",
    channels: 1,
    batchNorm: true,
    activation: "relu",
    ...changes,
  };
}
