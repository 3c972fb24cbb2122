/** Hand-made graphs of Inception-v3 in the forms of other tools' files. */
import {
  inceptionV3,
  type InceptionV3Options,
  inferShapes,
  INPUT,
} from "../../../src/model/mod.ts";
import { elementCount } from "../../../src/model/shapes.ts";
import type {
  ForeignConv,
  ForeignGraph,
  ForeignNode,
  ForeignTensor,
} from "../../../src/weights/foreign/graph.ts";
import { randomNumbers } from "../../random.ts";
import { filled } from "../../filled.ts";

/** A mutable graph. */
export interface HandGraph extends ForeignGraph {
  readonly nodes: Map<string, ForeignNode>;
  output: string;
}

/** Side of its image in pixels. The grid is 3 x 3 in Mixed_6e, and 1 x 1 at the end. */
export const SIDE = 75;

/** A few channels per layer, 5 classes. */
export const TINY = { widthMultiplier: 1 / 32, classes: 5 };

/**
 * The graph of Inception-v3, with its nodes by name. The convolution `name` consists of
 * three nodes: `name:conv`, `name:norm` and, with ReLU, `name`.
 */
export function handGraph(
  options: InceptionV3Options = {},
): HandGraph {
  const ours = inceptionV3({ ...TINY, variant: SIDE, ...options });
  const shapes = inferShapes(ours);
  const nodes = new Map<string, ForeignNode>();
  const add = (node: ForeignNode) => nodes.set(node.name, node);
  add({ op: "input", name: INPUT, size: [ours.input[0], ours.input[1]] });
  for (const node of ours.nodes) {
    const { name } = node;
    const channels = shapes.get(name)![2];
    switch (node.op) {
      case "conv": {
        const inputs = shapes.get(node.input)![2];
        const shape = [...node.kernel, inputs, channels];
        const most = Math.sqrt(6 / (node.kernel[0] * node.kernel[1] * inputs));
        add({
          op: "conv",
          name: `${name}:conv`,
          input: node.input,
          stride: [node.stride, node.stride],
          padding: node.padding,
          kernel: tensor(`${name}/kernel`, shape, -most, most),
        });
        add(batchNorm(`${name}:norm`, `${name}:conv`, channels));
        add(activation(name, `${name}:norm`, "relu"));
        break;
      }
      case "maxPool":
      case "avgPool":
        add({
          op: "pool",
          name,
          input: node.input,
          kind: node.op === "maxPool" ? "max" : "mean",
          size: [node.size, node.size],
          stride: [node.stride, node.stride],
          padding: node.padding,
          ...node.op === "avgPool" &&
            { countIncludePad: node.countIncludePad },
        });
        break;
      case "concat":
        add({ op: "concat", name, inputs: node.inputs });
        break;
      case "globalAvgPool":
      case "globalMaxPool":
        add({
          op: "globalPool",
          name,
          input: node.input,
          kind: node.op === "globalMaxPool" ? "max" : "mean",
        });
        break;
      case "flatten":
        add({
          op: "flatten",
          name,
          input: node.input,
          order: "height-width-channel",
        });
        break;
      case "dense": {
        const shape = [elementCount(shapes.get(node.input)!), node.units];
        const key = node.activation === "relu" ? `${name}:dense` : name;
        add({
          op: "dense",
          name: key,
          input: node.input,
          kernel: tensor(`${name}/kernel`, shape, -0.3, 0.3),
          bias: tensor(`${name}/bias`, [node.units], -0.3, 0.3),
        });
        if (key !== name) add(activation(name, key, "relu"));
        break;
      }
      case "softmax":
      case "sigmoid":
        add(activation(name, node.input, node.op));
    }
  }
  const { probabilities, logits, features } = ours.outputs;
  return {
    format: "test model",
    noun: "node",
    nodes,
    output: probabilities ?? logits ?? features,
    fed: { scale: [1 / 255, 1 / 255, 1 / 255], offset: [0, 0.1, 0.2] },
  };
}

/** A tensor of random values, seeded by its name. */
export function tensor(
  name: string,
  shape: readonly number[],
  least: number,
  most: number,
): ForeignTensor {
  let seed = 0;
  for (const it of name) seed = Math.imul(seed, 31) + it.charCodeAt(0);
  const length = shape.reduce((a, b) => a * b, 1);
  return {
    name,
    shape,
    read() {
      const random = randomNumbers(seed);
      return filled(
        Float32Array,
        length,
        () => least + random() * (most - least),
      );
    },
  };
}

export function batchNorm(
  name: string,
  input: string,
  channels: number,
): ForeignNode {
  return {
    op: "batchNorm",
    name,
    input,
    gamma: tensor(`${name}/gamma`, [channels], 0.5, 1.5),
    beta: tensor(`${name}/beta`, [channels], -0.2, 0.4),
    mean: tensor(`${name}/mean`, [channels], -0.2, 0.2),
    variance: tensor(`${name}/variance`, [channels], 0.5, 2),
    epsilon: 1e-3,
  };
}

/** @param shape The shape of both tensors: `[]` is one value for all channels. */
export function affine(
  name: string,
  input: string,
  shape: readonly number[],
): ForeignNode {
  return {
    op: "affine",
    name,
    input,
    scale: tensor(`${name}/scale`, shape, -1.5, 1.5),
    offset: tensor(`${name}/offset`, shape, -0.3, 0.3),
  };
}

export function activation(
  name: string,
  input: string,
  activation: string,
): ForeignNode {
  return { op: "activation", name, input, activation };
}

export function identity(name: string, input: string): ForeignNode {
  return { op: "identity", name, input };
}

/** Inserts a node between a node and all its readers. */
export function insertAfter(
  { nodes }: HandGraph,
  key: string,
  make: (name: string, input: string) => ForeignNode,
): void {
  let moved = `${key}:before`;
  while (nodes.has(moved)) moved += ":before";
  nodes.set(moved, nodes.get(key)!);
  nodes.set(key, make(key, moved));
}

/** Changes one node. */
export function change<N extends ForeignNode>(
  { nodes }: HandGraph,
  key: string,
  changes: Partial<N>,
): void {
  nodes.set(key, { ...nodes.get(key)!, ...changes } as N);
}

/** The foreign convolution of one of our nodes. */
export function convOf({ nodes }: HandGraph, name: string): ForeignConv {
  return nodes.get(`${name}:conv`) as ForeignConv;
}

/** Moves ReLU from the inputs of each concatenation to its output. */
export function hoistRelu(graph: HandGraph, names = /./): void {
  for (const [key, node] of [...graph.nodes]) {
    if (node.op !== "concat" || !names.test(key)) continue;
    for (const input of node.inputs) dropRelu(graph, input);
    insertAfter(graph, key, (name, input) => activation(name, input, "relu"));
  }
}

export function dropRelu(graph: HandGraph, key: string): void {
  const node = graph.nodes.get(key)!;
  if (node.op === "activation") graph.nodes.set(key, identity(key, node.input));
}
