import { CorruptWeightsError } from "../../errors.ts";
import { MAX_HIDDEN } from "../limits.ts";
import type {
  ForeignConv,
  ForeignDense,
  ForeignGraph,
  ForeignNode,
} from "./graph.ts";
import type { ImportedLayer } from "./imported.ts";
import { type ForeignFeatures, readFeatures } from "./match_features.ts";
import { hasPadding } from "./match_layer.ts";
import {
  assertNoScaling,
  chainAt,
  isRelu,
  type Link,
  nodeText,
  scalingsOf,
} from "./nodes.ts";

/** The part of the network after the last block. */
export interface ForeignHead extends ForeignFeatures {
  /** From the features to the logits. */
  readonly dense: readonly ImportedLayer[];
  /** Turns logits into probabilities; `undefined` if the file doesn't. */
  readonly activation: "softmax" | "sigmoid" | undefined;
}

/**
 * Reads the head, backwards from the answer: activation, dense layers with ReLU between
 * them, pooling. Scales, offsets and batch norm become part of a dense layer.
 */
export function readHead(graph: ForeignGraph): ForeignHead {
  const found: { node: ForeignDense; links: readonly Link[] }[] = [];
  let key = graph.output;
  let chain = chainAt(graph, key);
  for (let node; (node = asDense(graph, chain.base)) !== undefined;) {
    if (found.length > MAX_HIDDEN) {
      throw new CorruptWeightsError(
        `Cannot import the ${graph.format} as it must have <= ${MAX_HIDDEN} dense layers before the last: it has more`,
      );
    }
    found.push({ node, links: chain.links });
    key = node.input;
    chain = chainAt(graph, key);
  }
  const features = readFeatures(graph, key, found.at(-1)?.node);
  const dense: ImportedLayer[] = [];
  let activation: ForeignHead["activation"];
  for (const [i, { node, links }] of found.entries()) {
    const { above, own, below } = split(links);
    if (i === 0) {
      activation = asAnswer(graph, node, own);
      assertNoScaling(graph, above, "may follow the answer's activation");
    } else if (own === "relu") {
      dense[0] = { ...dense[0]!, before: scalingsOf(above) };
    } else {
      throw wrongActivation(graph, node, "relu", own);
    }
    const { kernel, bias } = node;
    dense.unshift({ kernel, bias, after: scalingsOf(below) });
  }
  return { ...features, dense, activation };
}

function asAnswer(
  graph: ForeignGraph,
  node: ForeignDense,
  activation: string | undefined,
): ForeignHead["activation"] {
  switch (activation?.toLowerCase().replace(/^log_?/, "")) {
    case undefined:
      return undefined;
    // Log-softmax and log-sigmoid are logarithms of the same probabilities.
    case "softmax":
      return "softmax";
    case "sigmoid":
      return "sigmoid";
    default:
      throw wrongActivation(
        graph,
        node,
        "softmax, sigmoid or none",
        activation,
      );
  }
}

function wrongActivation(
  graph: ForeignGraph,
  node: ForeignNode,
  expected: string,
  found = "none",
): CorruptWeightsError {
  return new CorruptWeightsError(
    `Cannot import ${
      nodeText(graph, node)
    } as its activation must be ${expected}: it is ${found}`,
  );
}

/** A dense layer, or the equivalent 1 x 1 convolution of a grid pooled to one pixel. */
function asDense(
  graph: ForeignGraph,
  node: ForeignNode,
): ForeignDense | undefined {
  if (node.op === "dense") return node;
  if (!isOneByOne(node)) return undefined;
  let { base } = chainAt(graph, node.input);
  for (let layers = 0; layers < MAX_HIDDEN && isOneByOne(base); layers++) {
    base = chainAt(graph, base.input).base;
  }
  // Unlike this one, the average pools inside blocks have padding and a stride of 1.
  const isPooled = base.op === "globalPool" ||
    base.op === "pool" && base.kind === "mean" &&
      (base.stride[0] > 1 || !hasPadding(base.padding, base.size));
  if (!isPooled) return undefined;
  const { name, input, kernel, bias } = node;
  return {
    op: "dense",
    name,
    input,
    kernel: { ...kernel, shape: kernel.shape.slice(2) },
    bias,
  };
}

function isOneByOne(node: ForeignNode): node is ForeignConv {
  if (node.op !== "conv" || (node.groups ?? 1) !== 1) return false;
  const [height, width] = node.kernel.shape;
  return height === 1 && width === 1 && !hasPadding(node.padding, [1, 1]);
}

/** Splits links at the activation into those above and those below; last applied first. */
function split(links: readonly Link[]) {
  const activations = links.filter((it) => it.op === "activation");
  const first = activations[0];
  const last = activations.at(-1);
  return {
    own: activations.every(isRelu)
      ? first?.activation
      : activations.slice(0, 3).map((it) => it.activation).reverse()
        .join(", then "),
    above: first === undefined ? [] : links.slice(0, links.indexOf(first)),
    below: last === undefined ? links : links.slice(links.indexOf(last) + 1),
  };
}
