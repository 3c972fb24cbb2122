/**
 * Batch norm, activations and dense layers of ONNX.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignTensor } from "../foreign/graph.ts";
import { transposed } from "../foreign/transpose.ts";
import { Unread } from "../foreign/unread.ts";
import { floatOf, intOf } from "./attributes.ts";
import {
  type Activation,
  activationAt,
  constantAt,
  inLayout,
  nodeKind,
  nodeText,
  type Reading,
  type Value,
  weightsAt,
} from "./values.ts";

export function batchNorm(reading: Reading): Activation {
  const { node, add } = reading;
  const results = node.outputs.filter((it) => it !== "").length;
  if (intOf(node, "training_mode", 0) === 1 || results > 1) {
    throw trainingMode(reading);
  }
  const x = activationAt(reading, 0);
  if (x.layout[1] !== "C" || intOf(node, "spatial", 1) !== 1) {
    throw new Unread(`a BatchNormalization of another axis than channels`);
  }
  const key = add({
    op: "batchNorm",
    input: x.key,
    gamma: weightsAt(reading, 1),
    beta: weightsAt(reading, 2),
    mean: weightsAt(reading, 3),
    variance: weightsAt(reading, 4),
    epsilon: floatOf(node, "epsilon", 1e-5),
  });
  return { ...x, key, isLinear: true };
}

/** Has no effect except in training, which is refused. */
export function dropout(reading: Reading): Value {
  const training = constantAt(reading, 2)?.ints(1)[0] ?? 0;
  if (training === 1) throw trainingMode(reading);
  return identity(reading);
}

function trainingMode({ node }: Reading): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot import ${
      nodeText(node)
    } as it must be of inference: it is of training, whose answers depend on other images of the batch; call model.eval(), then export the model without training=`,
  );
}

export function identity(reading: Reading): Value {
  const [value] = reading.inputs;
  if (value !== undefined) return value;
  throw new Unread(`${nodeKind(reading)} of nothing`);
}

export const activation = (name: string) => (reading: Reading): Activation => {
  const x = activationAt(reading, 0);
  const key = reading.add({
    op: "activation",
    input: x.key,
    activation: name,
  });
  return { ...x, key, isImage: false, isLinear: false };
};

/** Reads a Clip: ReLU if it clips only below zero. */
export function clip(reading: Reading): Activation {
  const { node } = reading;
  const least = node.attribute("min")?.float(2) ??
    constantAt(reading, 1)?.read()[0] ?? -Infinity;
  const most = node.attribute("max")?.float(2) ??
    constantAt(reading, 2)?.read()[0] ?? Infinity;
  // Older exporters use the largest f16 or f32 for infinity.
  if (least === 0 && most >= 65504) return activation("relu")(reading);
  return activation(`clip to ${least}..${most}`)(reading);
}

/** Softmax over the channels. Before opset 13, it covers all axes from `axis` on. */
export function softmax(reading: Reading): Activation {
  const { node, opset } = reading;
  const x = activationAt(reading, 0);
  const rank = x.layout.length;
  const axis = intOf(node, "axis", opset < 13 ? 1 : -1);
  if (x.layout[(axis + rank) % rank] !== "C") {
    throw new Unread(`a Softmax of another axis than channels`);
  }
  return activation("softmax")(reading);
}

/** `alpha * A * B + beta * C`, where A is the activation. */
export function gemm(reading: Reading): Activation {
  const { node } = reading;
  if (intOf(node, "transA", 0) !== 0) throw new Unread("a Gemm with transA");
  const weight = matrixAt(reading, 1);
  const kernel = intOf(node, "transB", 0) === 1
    ? transposed(weight, [1, 0])
    : weight;
  const bias = constantAt(reading, 2);
  return dense(
    reading,
    scaled(kernel, floatOf(node, "alpha", 1)),
    bias && biasOf(reading, scaled(bias, floatOf(node, "beta", 1)), kernel),
  );
}

export function matMul(reading: Reading): Activation {
  return dense(reading, matrixAt(reading, 1));
}

function dense(
  reading: Reading,
  kernel: ForeignTensor,
  bias?: ForeignTensor,
): Activation {
  const x = inLayout(reading, activationAt(reading, 0), "NC");
  const key = reading.add({ op: "dense", input: x.key, kernel, bias });
  return {
    kind: "activation",
    key,
    layout: "NC",
    size: x.size,
    isLinear: true,
  };
}

function matrixAt(reading: Reading, index: number): ForeignTensor {
  const tensor = weightsAt(reading, index);
  if (tensor.shape.length === 2) return tensor;
  throw new Unread(`${nodeKind(reading)} of ${tensor.shape.length} axes`);
}

/** The bias as one value per unit. A single value is repeated. */
function biasOf(
  reading: Reading,
  bias: ForeignTensor,
  kernel: ForeignTensor,
): ForeignTensor {
  const units = kernel.shape[1]!;
  const { name, shape } = bias;
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (count === units && shape.at(-1) === units) {
    return { name, shape: [units], read: () => bias.read() };
  }
  if (count !== 1) {
    throw new Unread(`${nodeKind(reading)} with a C of [${shape}]`);
  }
  return {
    name,
    shape: [units],
    read: () => new Float32Array(units).fill(bias.read()[0]!),
  };
}

function scaled(tensor: ForeignTensor, factor: number): ForeignTensor {
  if (factor === 1) return tensor;
  return { ...tensor, read: () => tensor.read().map((it) => it * factor) };
}
