/**
 * Integer operators of ONNX and ONNX Runtime: see
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md. Each is read
 * as the same operator on dequantized values.
 *
 * @module
 */
import { Unread } from "../foreign/unread.ts";
import { arithmetic } from "./arithmetic.ts";
import { floatOf, intOf } from "./attributes.ts";
import { constant } from "./axes.ts";
import { concat } from "./channels.ts";
import { activation, gemm, matMul, softmax } from "./layers.ts";
import {
  countOf,
  dequantize,
  floatsAt,
  quantize,
  roundedTo,
} from "./quantized.ts";
import {
  constantAt,
  nodeKind,
  type Operator,
  type Reading,
  type Value,
  weightsAt,
} from "./values.ts";
import { averagePool, conv, globalPool, reduce } from "./windows.ts";

/** The domain of ONNX Runtime's operators. */
const MICROSOFT = "com.microsoft.";

/** By name. Inputs come in threes: integers, their scale, their zero point. */
export const WHOLE_NUMBER_OPERATORS: readonly [string, Operator][] = [
  ["QLinearConv", (reading) => {
    const bias = biasAt(reading, 8);
    const inputs = [floatsAt(reading, 0, 0), floatsAt(reading, 3, 0), bias];
    return rounded(reading, conv, inputs, 7);
  }],
  ["QLinearMatMul", binary(matMul)],
  [`${MICROSOFT}QGemm`, (reading) => {
    const { node } = reading;
    const axis = intOf(node, "transB", 0) === 1 ? 0 : 1;
    const bias = biasAt(reading, 6, floatOf(node, "alpha", 1));
    const inputs = [floatsAt(reading, 0, 0), floatsAt(reading, 3, axis), bias];
    return rounded(reading, gemm, inputs, 8);
  }],
  [`${MICROSOFT}QLinearAdd`, binary(arithmetic("Add"))],
  [`${MICROSOFT}QLinearMul`, binary(arithmetic("Mul"))],
  [`${MICROSOFT}QLinearConcat`, (reading) => {
    const inputs: Value[] = [];
    for (let i = 2; i < reading.inputs.length; i += 3) {
      inputs.push(floatsAt(reading, i, 0));
    }
    return rounded(reading, concat, inputs, 1);
  }],
  [`${MICROSOFT}QLinearAveragePool`, channelsFirst(averagePool)],
  [`${MICROSOFT}QLinearGlobalAveragePool`, channelsFirst(globalPool("mean"))],
  [`${MICROSOFT}QLinearReduceMean`, unary(reduce("mean"))],
  [`${MICROSOFT}QLinearSigmoid`, unary(activation("sigmoid"))],
  [`${MICROSOFT}QLinearSoftmax`, (reading) => {
    const opset = intOf(reading.node, "opset", reading.opset);
    return unary(softmax)({ ...reading, opset });
  }],
  [`${MICROSOFT}QuantizeLinear`, quantize],
  [`${MICROSOFT}DequantizeLinear`, dequantize],
];

function unary(operator: Operator): Operator {
  return (reading) => rounded(reading, operator, [floatsAt(reading, 0, 0)], 4);
}

/** A matrix may have one scale per column, so the axis of the scales is the last one. */
function binary(operator: Operator): Operator {
  return (reading) =>
    rounded(
      reading,
      operator,
      [floatsAt(reading, 0, -1), floatsAt(reading, 3, -1)],
      7,
    );
}

function channelsFirst(operator: Operator): Operator {
  return (reading) => {
    if (intOf(reading.node, "channels_last", 0) === 0) {
      return unary(operator)(reading);
    }
    throw new Unread(`${nodeKind(reading)} with channels_last`);
  };
}

/**
 * @param zero The index of the input with the result's zero point. If the scale before it is
 * absent, the result is in floats.
 */
function rounded(
  reading: Reading,
  operator: Operator,
  inputs: Reading["inputs"],
  zero: number,
): Value | readonly Value[] {
  const given = operator({ ...reading, inputs });
  const isRounded = constantAt(reading, zero - 1) !== undefined;
  return isRounded && "kind" in given && given.kind === "activation"
    ? roundedTo(reading, given, zero)
    : given;
}

/** Dequantizes a bias. Its scale is the input's times the weights' times `factor`. */
function biasAt(
  reading: Reading,
  index: number,
  factor = 1,
): Value | undefined {
  const bias = constantAt(reading, index);
  if (bias === undefined) return undefined;
  const [input, weights] = [weightsAt(reading, 1), weightsAt(reading, 4)];
  const count = countOf(weights);
  if (countOf(input) !== 1 || count !== 1 && count !== countOf(bias)) {
    throw new Unread(
      `${
        nodeKind(reading)
      } with scales of [${input.shape}] and [${weights.shape}] for a bias of [${bias.shape}]`,
    );
  }
  return constant({
    ...bias,
    least: undefined,
    read() {
      const step = input.read()[0]! * factor;
      const scales = weights.read();
      return bias.read().map((it, i) => it * step * scales[i % count]!);
    },
  });
}
