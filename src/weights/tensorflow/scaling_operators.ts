/**
 * Per-channel scaling: biases, arithmetic with constants, batch norm.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { ForeignTensor } from "../foreign/graph.ts";
import { asVector } from "./constants.ts";
import { assertChannelsLast, type GraphBuilder } from "./graph_builder.ts";
import { readActivation } from "./head_operators.ts";
import type { NodeDef } from "./node_def.ts";
import { readUnfusedBatchNorm } from "./unfused_batch_norm.ts";
import { asTensor, type ImageValue, type Value } from "./value.ts";

export function readBiasAdd(
  node: NodeDef,
  inputs: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  assertChannelsLast(node);
  return readSum(node, inputs, graph);
}

export function readSum(
  node: NodeDef,
  [a, b]: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const batchNorm = readUnfusedBatchNorm(node, graph);
  if (batchNorm !== undefined) return batchNorm;
  const [of, offset] = a?.kind === "constant" ? [b, a] : [a, b];
  return addAffine(node, of, undefined, asTensor(offset), graph);
}

export function readDifference(
  node: NodeDef,
  [a, b]: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const { folder } = graph;
  const minuend = asTensor(a);
  if (minuend !== undefined) {
    const one = folder.map(node.name, { ...minuend, shape: [] }, () => -1);
    return addAffine(node, b, one, minuend, graph);
  }
  const offset = asTensor(b);
  const negated = offset && folder.map(offset.name, offset, (it) => -it);
  return addAffine(node, a, undefined, negated, graph);
}

export function readProduct(
  node: NodeDef,
  [a, b]: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const [of, scale] = a?.kind === "constant" ? [b, a] : [a, b];
  return addAffine(node, of, asTensor(scale), undefined, graph);
}

export function readQuotient(
  node: NodeDef,
  [a, b]: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const divisor = asTensor(b);
  const scale = divisor &&
    graph.folder.map(divisor.name, divisor, (it) => 1 / it);
  return addAffine(node, a, scale, undefined, graph);
}

function addAffine(
  { name }: NodeDef,
  of: Value | undefined,
  scale: ForeignTensor | undefined,
  offset: ForeignTensor | undefined,
  graph: GraphBuilder,
): Value | undefined {
  const given = [scale, offset].filter((it) => it !== undefined);
  const vectors = given.map(asVector);
  if (
    of?.kind !== "activation" || given.length === 0 ||
    vectors.includes(undefined)
  ) return undefined;
  graph.add({
    op: "affine",
    name,
    input: of.name,
    scale: scale && asVector(scale),
    offset: offset && asVector(offset),
  });
  return { ...of, name, image: of.image && scaled(of.image, scale, offset) };
}

/** The image with `scale` and `offset` applied on top of its own scaling. */
function scaled(
  image: ImageValue,
  scale: ForeignTensor | undefined,
  offset: ForeignTensor | undefined,
): ImageValue {
  const factors = scale?.read() ?? [1];
  const terms = offset?.read() ?? [0];
  const before = image.scaling ?? { scale: [1], offset: [0] };
  const at = (values: ArrayLike<number>, i: number) =>
    values[i % values.length] ?? NaN;
  const channels = { length: 3 };
  return {
    ...image,
    scaling: {
      scale: Array.from(
        channels,
        (_, i) => at(before.scale, i) * at(factors, i),
      ),
      offset: Array.from(
        channels,
        (_, i) => at(before.offset, i) * at(factors, i) + at(terms, i),
      ),
    },
  };
}

export function readBatchNorm(
  node: NodeDef,
  inputs: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const { name, attributes } = node;
  if (attributes.flag("is_training") ?? true) {
    throw new CorruptWeightsError(
      `Cannot read the node "${name}" as its is_training must be false: save the model for inference (training=False)`,
    );
  }
  const activation = attributes.text("activation_mode") ?? "Identity";
  if (activation === "Identity") return addBatchNorm(node, inputs, graph);
  const inner = { ...node, name: `${name} (FusedBatchNorm)` };
  const value = addBatchNorm(inner, inputs, graph);
  if ((attributes.number("num_side_inputs") ?? 0) !== 0) return undefined;
  return value && readActivation({ ...node, op: activation }, [value], graph);
}

/** Reads `[x, gamma, beta, mean, variance]`. */
export function addBatchNorm(
  node: NodeDef,
  [of, gamma, beta, mean, variance]: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  assertChannelsLast(node);
  const vectors = { gamma, beta, mean, variance };
  const epsilon = node.attributes.number("epsilon") ?? 1e-4;
  return addNorm(node.name, of, vectors, epsilon, graph);
}

/** The batch norm of early TensorFlow versions: `[x, mean, variance, beta, gamma]`. */
export function readOldBatchNorm(
  { name, attributes }: NodeDef,
  [of, mean, variance, beta, gamma]: readonly Value[],
  graph: GraphBuilder,
): Value | undefined {
  const isScaled = attributes.flag("scale_after_normalization");
  const vectors = { mean, variance, beta, ...isScaled && { gamma } };
  const epsilon = attributes.number("variance_epsilon") ?? NaN;
  return addNorm(name, of, vectors, epsilon, graph);
}

/** @param vectors Those that the operator has; batch norm may have no `gamma`. */
function addNorm(
  name: string,
  of: Value | undefined,
  vectors:
    & {
      readonly [Part in "beta" | "mean" | "variance"]: Value | undefined;
    }
    & { readonly gamma?: Value | undefined },
  epsilon: number,
  graph: GraphBuilder,
): Value | undefined {
  const beta = asTensor(vectors.beta);
  const mean = asTensor(vectors.mean);
  const variance = asTensor(vectors.variance);
  const gamma = asTensor(vectors.gamma);
  const isWhole = beta && mean && variance && (gamma || !("gamma" in vectors));
  if (of?.kind !== "activation" || !isWhole) return undefined;
  graph.add({
    op: "batchNorm",
    name,
    input: of.name,
    gamma,
    beta,
    mean,
    variance,
    epsilon,
  });
  return { ...of, name, image: undefined };
}
