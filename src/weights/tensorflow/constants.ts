import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignTensor } from "../foreign/graph.ts";
import type { NodeDef } from "./node_def.ts";
import { elementsOf } from "./tensor_proto.ts";

/** Maximum number of values computed from a graph's constants: batch norm vectors. */
const MAX_COMPUTED = 2 ** 20;

type Binary = (a: number, b: number) => number;
type Unary = (a: number) => number;

const BINARY: Readonly<Record<string, Binary>> = {
  Add: (a, b) => a + b,
  AddV2: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  RealDiv: (a, b) => a / b,
  Div: (a, b) => a / b,
  Maximum: Math.max,
  Minimum: Math.min,
};

const UNARY: Readonly<Record<string, Unary>> = {
  Neg: (a) => -a,
  Sqrt: Math.sqrt,
  Rsqrt: (a) => 1 / Math.sqrt(a),
  Square: (a) => a * a,
  Reciprocal: (a) => 1 / a,
  Inv: (a) => 1 / a,
};

/**
 * Evaluates nodes that read only constants, as in the batch norm of a frozen graph:
 * `gamma / sqrt(variance + epsilon)`.
 */
export class ConstantFolder {
  #computed = 0;

  /** The node's values, computed from `inputs`; `undefined` if its op isn't supported. */
  fold(
    node: NodeDef,
    inputs: readonly ForeignTensor[],
  ): ForeignTensor | undefined {
    const [first, second] = inputs;
    if (first === undefined) return undefined;
    const unary = UNARY[node.op];
    if (unary !== undefined) return this.map(node.name, first, unary);
    const binary = BINARY[node.op];
    if (binary !== undefined && second !== undefined) {
      return this.#combine(node, first, second, binary);
    }
    switch (node.op) {
      case "Identity":
      case "ReadVariableOp":
        return first;
      case "Reshape":
        return second && reshaped(node, first, [...second.read()]);
      case "ExpandDims":
        return second && reshaped(node, first, expanded(first.shape, second));
      case "Squeeze":
        return { ...first, shape: first.shape.filter((it) => it !== 1) };
    }
    return undefined;
  }

  /** A tensor with a function applied to each value. */
  map(name: string, tensor: ForeignTensor, compute: Unary): ForeignTensor {
    this.#count(name, elementsOf(tensor.shape));
    const values = tensor.read().map(compute);
    return { name, shape: tensor.shape, read: () => values.slice() };
  }

  /** Combines tensors of the same shape, or broadcasts a scalar or a vector of the last axis. */
  #combine(
    { name }: NodeDef,
    a: ForeignTensor,
    b: ForeignTensor,
    compute: Binary,
  ): ForeignTensor | undefined {
    const [countA, countB] = [elementsOf(a.shape), elementsOf(b.shape)];
    const larger = countA >= countB ? a : b;
    const count = Math.max(countA, countB);
    const isRepeated = (it: ForeignTensor) =>
      isVectorOf(it, larger.shape.at(-1) ?? 1) || isLike(it, larger);
    if (!isRepeated(a) || !isRepeated(b)) return undefined;
    this.#count(name, count);
    const [left, right] = [a.read(), b.read()];
    const values = Float32Array.from(
      { length: count },
      (_, i) => compute(left[i % left.length]!, right[i % right.length]!),
    );
    return { name, shape: larger.shape, read: () => values.slice() };
  }

  #count(name: string, values: number): void {
    this.#computed += values;
    if (this.#computed <= MAX_COMPUTED) return;
    throw new CorruptWeightsError(
      `Cannot read the node "${name}" as its graph must compute <= ${MAX_COMPUTED} values of constants: these are more`,
    );
  }
}

/** The same values in another shape. An extent of -1 is inferred. */
function reshaped(
  { name }: NodeDef,
  tensor: ForeignTensor,
  extents: readonly number[],
): ForeignTensor {
  const count = elementsOf(tensor.shape);
  const rest = count / Math.abs(elementsOf(extents));
  const shape = extents.map((it) => it === -1 ? rest : it);
  if (elementsOf(shape) !== count || shape.some((it) => !(it >= 0))) {
    throw new CorruptWeightsError(
      `Cannot read the node "${name}" as its shape must have ${count} values: it is [${extents}]`,
    );
  }
  return { ...tensor, shape };
}

function expanded(
  shape: readonly number[],
  axis: ForeignTensor,
): readonly number[] {
  const [at = 0] = axis.read();
  return shape.toSpliced(at < 0 ? shape.length + 1 + at : at, 0, 1);
}

/** Whether a tensor is a single value, or a vector of `channels` values on its last axis. */
function isVectorOf({ shape }: ForeignTensor, channels: number): boolean {
  const count = elementsOf(shape);
  return count === 1 || count === channels && shape.at(-1) === channels;
}

/** Whether two tensors have the same shape, ignoring leading extents of 1. */
function isLike(a: ForeignTensor, b: ForeignTensor): boolean {
  const text = ({ shape }: ForeignTensor) =>
    String(shape.slice(Math.max(0, shape.findIndex((it) => it !== 1))));
  return text(a) === text(b);
}

/** A tensor as a vector along its last axis, or a scalar; `undefined` for other shapes. */
export function asVector(tensor: ForeignTensor): ForeignTensor | undefined {
  const { shape } = tensor;
  const count = elementsOf(shape);
  if (count === 1) return { ...tensor, shape: [] };
  return shape.at(-1) === count ? { ...tensor, shape: [count] } : undefined;
}
