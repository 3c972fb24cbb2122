/**
 * The table of TensorFlow operators, with their readers.
 *
 * @module
 */
import {
  type GraphBuilder,
  keep,
  type OperatorReader,
} from "./graph_builder.ts";
import {
  readActivation,
  readConcat,
  readGlobalPool,
  readMatMul,
} from "./head_operators.ts";
import {
  keepImage,
  readCast,
  readInput,
  readResize,
} from "./image_operators.ts";
import type { NodeDef } from "./node_def.ts";
import { reshape, shapeOf, squeeze } from "./reshape.ts";
import {
  addBatchNorm,
  readBatchNorm,
  readBiasAdd,
  readDifference,
  readOldBatchNorm,
  readProduct,
  readQuotient,
  readSum,
} from "./scaling_operators.ts";
import type { Value } from "./value.ts";
import { readConv, readPad, readPool } from "./window_operators.ts";

/** Reads a node whose inputs aren't all constant; `undefined` if it isn't supported. */
export function readOperator(
  node: NodeDef,
  inputs: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  return OPERATORS[node.op]?.(node, inputs, graph);
}

const OPERATORS: Readonly<Record<string, OperatorReader>> = {
  Placeholder: readInput,
  // These decode the bytes of an image file.
  DecodeJpeg: readInput,
  DecodePng: readInput,
  DecodeBmp: readInput,
  DecodeImage: readInput,
  Identity: keep,
  StopGradient: keep,
  PreventGradient: keep,
  CheckNumerics: keep,
  Snapshot: keep,
  PlaceholderWithDefault: keep,
  Cast: readCast,
  ExpandDims: keepImage,
  ResizeBilinear: readResize,
  ResizeBicubic: readResize,
  ResizeNearestNeighbor: readResize,
  Conv2D: readConv,
  _FusedConv2D: readFused,
  MatMul: readMatMul,
  _FusedMatMul: readFused,
  BiasAdd: readBiasAdd,
  Add: readSum,
  AddV2: readSum,
  Sub: readDifference,
  Mul: readProduct,
  RealDiv: readQuotient,
  Div: readQuotient,
  FusedBatchNorm: readBatchNorm,
  FusedBatchNormV2: readBatchNorm,
  FusedBatchNormV3: readBatchNorm,
  _FusedBatchNormEx: readBatchNorm,
  BatchNormWithGlobalNormalization: readOldBatchNorm,
  Relu: readActivation,
  Relu6: readActivation,
  Elu: readActivation,
  Selu: readActivation,
  LeakyRelu: readActivation,
  Tanh: readActivation,
  Softplus: readActivation,
  Sigmoid: readActivation,
  Softmax: readActivation,
  LogSoftmax: readActivation,
  MaxPool: readPool,
  AvgPool: readPool,
  Mean: readGlobalPool,
  Max: readGlobalPool,
  ConcatV2: readConcat,
  Concat: readConcat,
  Pad: readPad,
  PadV2: readPad,
  Reshape: (node, [of, to], graph) => reshape(node, of, to, graph),
  Squeeze: (node, [of], graph) => squeeze(node, of, graph),
  Shape: shapeOf,
  StridedSlice: shapeOf,
  Slice: shapeOf,
  Prod: shapeOf,
  Pack: shapeOf,
};

/** A convolution or matrix product fused with the ops after it by grappler. */
function readFused(
  node: NodeDef,
  inputs: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const parts = node.attributes.texts("fused_ops") ?? [];
  const part = (op: string, i: number): NodeDef => {
    const isLast = i === parts.length;
    // No name in a graph has a space.
    return { ...node, op, name: isLast ? node.name : `${node.name} (${op})` };
  };
  const base = node.op === "_FusedConv2D" ? readConv : readMatMul;
  let value = base(part(node.op.slice("_Fused".length), 0), inputs, graph);
  let next = 2;
  for (const [i, op] of parts.entries()) {
    if (value === undefined) return undefined;
    const count = op === "BiasAdd" ? 1 : op === "FusedBatchNorm" ? 4 : 0;
    const operands = [value, ...inputs.slice(next, next + count)];
    next += count;
    const read = op === "FusedBatchNorm" ? addBatchNorm : OPERATORS[op];
    value = read?.(part(op, i + 1), operands, graph);
  }
  return value;
}
