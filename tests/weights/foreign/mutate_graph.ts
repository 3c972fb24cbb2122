import type {
  ForeignNode,
  ForeignPadding,
  ForeignTensor,
} from "../../../src/weights/foreign/graph.ts";
import { below, pick, type Random } from "../../mutations.ts";
import {
  activation,
  affine,
  batchNorm,
  type HandGraph,
  identity,
  insertAfter,
} from "./hand_graph.ts";

const ACTIVATIONS = ["relu", "relu", "linear", "softmax", "sigmoid", "tanh"];
const PADDINGS: readonly ForeignPadding[] = [
  "same",
  "valid",
  [0, 0, 0, 0],
  [1, 1, 1, 1],
  [0, 3, 0, 3],
  [0, 1, 0, 0],
];

/** Changes one to three things in a graph. */
export function mutateGraph(graph: HandGraph, random: Random): void {
  for (let n = below(random, 3); n >= 0; n--) {
    const keys = [...graph.nodes.keys()];
    const key = pick(random, keys);
    switch (below(random, 9)) {
      case 0:
        graph.nodes.set(key, graph.nodes.get(pick(random, keys))!);
        break;
      case 1:
        if (random() < 0.2) graph.nodes.delete(key);
        break;
      case 4:
        if (random() < 0.2) graph.output = key;
        break;
      case 2:
      case 3:
        insertAfter(graph, key, (name, input) => newNode(name, input, random));
        break;
      default:
        graph.nodes.set(key, changed(graph.nodes.get(key)!, keys, random));
    }
  }
}

function newNode(name: string, input: string, random: Random): ForeignNode {
  switch (below(random, 7)) {
    case 0:
      return affine(name, input, pick(random, [[], [3], [2], [4], [64], [5]]));
    case 1:
      return batchNorm(name, input, pick(random, [2, 3, 4, 64, 5]));
    case 2:
      return { op: "flatten", name, input, order: "channel-height-width" };
    case 3:
      return { op: "concat", name, inputs: [input] };
    case 4:
      return identity(name, input);
    default:
      return activation(name, input, pick(random, ACTIVATIONS));
  }
}

/** Returns a node with one change. */
function changed(
  node: ForeignNode,
  keys: readonly string[],
  random: Random,
): ForeignNode {
  if ("input" in node && random() < 0.3) {
    return { ...node, input: pick(random, keys) };
  }
  switch (node.op) {
    case "input":
      return { ...node, size: pick(random, [[75, 75], [75, 76], [74, 74]]) };
    case "concat": {
      const inputs = [...node.inputs];
      const at = below(random, inputs.length);
      const kind = random();
      if (kind < 0.3) inputs.reverse();
      else if (kind < 0.6) inputs.splice(at, below(random, 2), inputs[0]!);
      else inputs.splice(at, 1);
      return { ...node, inputs };
    }
    case "conv":
      if (random() < 0.4) {
        return { ...node, kernel: reshaped(node.kernel, random) };
      }
      if (random() < 0.3) return { ...node, groups: 2 };
      if (random() < 0.3) return { ...node, dilation: [1, 2] };
      return random() < 0.5
        ? { ...node, padding: pick(random, PADDINGS) }
        : { ...node, stride: pick(random, [[1, 1], [2, 2], [1, 2]]) };
    case "pool":
      if (random() < 0.3) {
        return { ...node, kind: node.kind === "max" ? "mean" : "max" };
      }
      if (random() < 0.3) {
        return { ...node, countIncludePad: !node.countIncludePad };
      }
      if (random() < 0.3) return { ...node, size: [2, 3] };
      return random() < 0.5
        ? { ...node, padding: pick(random, PADDINGS) }
        : { ...node, stride: pick(random, [[1, 1], [2, 2], [2, 1]]) };
    case "globalPool":
      return { ...node, kind: node.kind === "max" ? "mean" : "max" };
    case "flatten":
      return { ...node, order: "channel-height-width" };
    case "dense":
      return { ...node, kernel: reshaped(node.kernel, random) };
    case "activation":
      return { ...node, activation: pick(random, ACTIVATIONS) };
    case "batchNorm":
      return random() < 0.5
        ? { ...node, gamma: undefined }
        : { ...node, mean: reshaped(node.mean, random) };
    case "affine":
    case "identity":
    case "other":
      return { op: "other", name: node.name, what: "a Lambda" };
  }
}

function reshaped(tensor: ForeignTensor, random: Random): ForeignTensor {
  const shape = [...tensor.shape];
  const at = below(random, shape.length);
  const kind = random();
  if (kind < 0.3) shape.reverse();
  else if (kind < 0.5) shape.splice(at, 1);
  else shape[at] = pick(random, [0, 1, 2, 3, 2 ** 31, 2 ** 53, NaN, -1, 1.5]);
  return { ...tensor, shape };
}
