/** Parts of a narrow network, and tensors to run them on. */
import type { Tensor, Tfjs } from "../../src/backends/tfjs/types.ts";
import {
  type Graph,
  inceptionV3,
  INPUT,
  type Shape,
} from "../../src/model/mod.ts";
import { randomNumbers } from "../random.ts";
import { filled } from "../filled.ts";

export const NARROW = {
  widthMultiplier: 1 / 16,
  classes: 5,
  hiddenUnits: [6],
} as const;

export const CONV = {
  op: "conv",
  input: INPUT,
  channels: 4,
  kernel: [1, 1],
  stride: 1,
  padding: "same",
  batchNorm: true,
  activation: "relu",
} as const;

/** The nodes whose names match the pattern, with the node `before` as their input. */
export function blockOf(pattern: RegExp, input: Shape, before: string): Graph {
  const whole = inceptionV3({ ...NARROW, auxiliary: true });
  const nodes = whole.nodes.filter(({ name }) => pattern.test(name));
  const names = new Set(nodes.map(({ name }) => name));
  const inside = (name: string) => names.has(name) ? name : before;
  return {
    input,
    nodes: nodes.map((node) =>
      node.op === "concat"
        ? { ...node, inputs: node.inputs.map(inside) }
        : { ...node, input: inside(node.input) }
    ),
    outputs: { features: nodes.at(-1)!.name },
  };
}

/** Random values in -1..1. */
export function randomTensor(
  tf: Tfjs,
  shape: readonly number[],
  seed: number,
): Tensor {
  const random = randomNumbers(seed);
  const length = shape.reduce((a, b) => a * b, 1);
  const values = filled(Float32Array, length, () => 2 * random() - 1);
  return tf.tensor(values, [...shape]);
}
