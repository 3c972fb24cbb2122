import { asVector } from "./constants.ts";
import type { GraphBuilder } from "./graph_builder.ts";
import type { NodeDef } from "./node_def.ts";
import { asActivation, asTensor, type Value } from "./value.ts";

/**
 * Recognizes batch norm that is written as arithmetic, `x * s + (beta - mean * s)` where `s`
 * is `gamma / sqrt(variance + epsilon)`. As one node, it keeps the statistics that allow
 * calibration without photos. Returns `undefined` for any other sum.
 */
export function readUnfusedBatchNorm(
  { name, inputs }: NodeDef,
  graph: GraphBuilder,
): Value | undefined {
  const terms = inputs.map((it) => graph.node(it.name));
  const product = terms.find((it) => it?.op === "Mul");
  const rest = terms.find((it) => it?.op === "Sub");
  const shift = graph.node(rest?.inputs[1]?.name);
  if (product === undefined || shift?.op !== "Mul") return undefined;
  const names = (node: NodeDef) => node.inputs.map((it) => it.name);
  if (![product, rest!, shift].every(readsFirst)) return undefined;
  const scale = names(product).find((it) => names(shift).includes(it));
  const other = (node: NodeDef) => names(node).find((it) => it !== scale);
  const inverse = readInverse(graph, scale);
  const tensor = (name: string | undefined) => {
    const found = asTensor(graph.value(name));
    return found && asVector(found);
  };
  const of = asActivation(graph.value(other(product)));
  const mean = tensor(other(shift));
  const beta = tensor(rest?.inputs[0]?.name);
  const variance = tensor(inverse?.variance);
  const gamma = tensor(inverse?.gamma);
  if (!of || !inverse || !mean || !beta || !variance) return undefined;
  if (gamma === undefined && inverse.gamma !== undefined) return undefined;
  // Scaling of the image itself isn't batch norm, and after padding it changes the zeros.
  if (of.image !== undefined || of.padding !== undefined) return undefined;
  graph.add({
    op: "batchNorm",
    name,
    input: of.name,
    gamma,
    beta,
    mean,
    variance,
    epsilon: inverse.epsilon,
  });
  return { ...of, name };
}

const readsFirst = ({ inputs }: NodeDef) =>
  inputs.every(({ index }) => index === 0);

/** The operands of `gamma / sqrt(variance + epsilon)`, as node names. */
function readInverse(graph: GraphBuilder, scale: string | undefined) {
  const node = graph.node(scale);
  const [first, second] = node?.inputs ?? [];
  const isScaled = node?.op === "Mul";
  const candidates = isScaled
    ? [[first, second], [second, first]]
    : [[{ name: scale! }, undefined]];
  for (const [root, gamma] of candidates) {
    const rsqrt = graph.node(root?.name);
    const sum = graph.node(rsqrt?.inputs[0]?.name);
    if (rsqrt?.op !== "Rsqrt" || !/^Add(V2)?$/.test(sum?.op ?? "")) continue;
    const parts = sum!.inputs.map(({ name }) => ({
      name,
      tensor: asTensor(graph.value(name)),
    }));
    const epsilon = parts.find(({ tensor }) => tensor?.shape.length === 0);
    const variance = parts.find((it) => it !== epsilon);
    if (epsilon === undefined || variance === undefined) continue;
    return {
      variance: variance.name,
      epsilon: epsilon.tensor!.read()[0]!,
      gamma: gamma?.name,
    };
  }
  return undefined;
}
