import { Unread } from "../foreign/unread.ts";
import { arithmetic } from "./arithmetic.ts";
import {
  constant,
  expand,
  flatten,
  reshape,
  shape,
  squeeze,
  transpose,
  unsqueeze,
} from "./axes.ts";
import { intOf } from "./attributes.ts";
import { concat, gather, slice, split } from "./channels.ts";
import {
  activation,
  batchNorm,
  clip,
  dropout,
  gemm,
  identity,
  matMul,
  softmax,
} from "./layers.ts";
import { dequantize, quantize } from "./quantized.ts";
import { FLOATS } from "./tensor.ts";
import type { Operator, Reading, Value } from "./values.ts";
import { WHOLE_NUMBER_OPERATORS } from "./whole_numbers.ts";
import {
  averagePool,
  conv,
  globalPool,
  maxPool,
  pad,
  reduce,
} from "./windows.ts";

/** The supported operators: see https://onnx.ai/onnx/operators. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map<
  string,
  Operator
>([
  ["Add", arithmetic("Add")],
  ["AveragePool", averagePool],
  ["BatchNormalization", batchNorm],
  ["Cast", cast],
  ["CastLike", castLike],
  ["Clip", clip],
  ["Concat", concat],
  ["Conv", conv],
  ["DequantizeLinear", dequantize],
  ["Div", arithmetic("Div")],
  ["Dropout", dropout],
  ["Expand", expand],
  ["Flatten", flatten],
  ["Gather", gather],
  ["Gemm", gemm],
  ["GlobalAveragePool", globalPool("mean")],
  ["GlobalMaxPool", globalPool("max")],
  ["Identity", identity],
  ["MatMul", matMul],
  ["MaxPool", maxPool],
  ["Mul", arithmetic("Mul")],
  ["Pad", pad],
  ["QuantizeLinear", quantize],
  ["ReduceMax", reduce("max")],
  ["ReduceMean", reduce("mean")],
  ["Relu", activation("relu")],
  ["Reshape", reshape],
  ["Shape", shape],
  ["Sigmoid", activation("sigmoid")],
  ["Slice", slice],
  ["Softmax", softmax],
  ["Split", split],
  ["Squeeze", squeeze],
  ["Sub", arithmetic("Sub")],
  ["Transpose", transpose],
  ["Unsqueeze", unsqueeze],
  ...WHOLE_NUMBER_OPERATORS,
  // Activations that the error names when it refuses the model.
  ...["Elu", "HardSigmoid", "HardSwish", "LeakyRelu", "LogSoftmax", "Tanh"]
    .map((it): [string, Operator] => [it, activation(it)]),
]);

/** A Cast to a float type, which is read as f32, or a Cast of a shape. */
function cast(reading: Reading): Value {
  const value = identity(reading);
  if (value.kind === "extents") return value;
  if (FLOATS.has(intOf(reading.node, "to", 0))) {
    // The bytes keep their values, 0..255.
    return value.kind === "activation" ? { ...value, isBytes: false } : value;
  }
  if (value.kind !== "constant") throw new Unread("a Cast to whole numbers");
  // In opset 8, indices may be cast from floats.
  const { tensor } = value;
  return constant({
    ...tensor,
    ints: (most) => {
      const [count] = tensor.shape;
      if (tensor.shape.length < 2 && (count ?? 1) <= most) {
        return Array.from(tensor.read(), Math.trunc);
      }
      throw new Unread(`a Cast of [${tensor.shape}] to whole numbers`);
    },
  });
}

/** A cast to the type of another value: to floats, unless the first value is a shape. */
function castLike(reading: Reading): Value {
  const value = identity(reading);
  return value.kind === "activation" ? { ...value, isBytes: false } : value;
}
