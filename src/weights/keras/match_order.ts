import { BLOCKS } from "../../model/inception_options.ts";
import {
  type BlockName,
  type ConvNode,
  type Graph,
  inceptionV3,
  inferShapes,
  nodeInputs,
  nodesFor,
} from "../../model/mod.ts";
import { CorruptWeightsError } from "../../errors.ts";
import { MAX_HIDDEN } from "../limits.ts";
import type { ForeignTensor } from "../foreign/graph.ts";
import type { ImportedLayer, ImportedModel } from "../foreign/imported.ts";
import { KERAS_PREPROCESSING } from "./preprocessing.ts";

/** A layer of a file without configuration, known only by its weights. */
export interface StoredLayer {
  /** Unique in its file. */
  readonly name: string;
  /** By `kernel`, `bias`, `gamma`, ... */
  readonly tensors: ReadonlyMap<string, ForeignTensor>;
}

/**
 * The epsilon, which isn't among the weights. This is the default of Keras's
 * `BatchNormalization`, which `keras.applications` uses.
 */
const EPSILON = 1e-3;

/**
 * Finds Inception-v3 in the weights of a Keras model without its wiring, by the order of
 * its layers, as Keras itself loads such files.
 *
 * @param layers In Keras's order. Layers without tensors are skipped. Dense layers form the
 * classifier, with ReLU between them; without any, the network has no classes.
 */
export function matchLayerOrder(
  layers: readonly StoredLayer[],
): ImportedModel {
  const { convs, norms, dense } = sort(layers);
  if (dense.length > MAX_HIDDEN + 1) {
    throw new CorruptWeightsError(
      `Cannot import weights alone as they must have <= ${MAX_HIDDEN} dense layers before the last: they have ${
        dense.length - 1
      }`,
    );
  }
  const units = dense.map(({ tensors }) => tensors.get("kernel")!.shape[1]!);
  const classes = units.pop() ?? 0;
  const architecture = {
    classes,
    hiddenUnits: units,
    countIncludePad: false, // Keras's average pools exclude padding.
    widthMultiplier: (convs[0]?.tensors.get("kernel")?.shape[3] ?? 32) / 32,
    ...lastBlock(convs.length),
  };
  const graph = inceptionV3(architecture);
  const shapes = inferShapes(graph);
  const nodes = inLayerOrder(graph);
  assertShapes("convolutions", "kernel", nodes, convs, (node) => [
    ...node.kernel,
    shapes.get(node.input)![2],
    node.channels,
  ]);
  assertNoMoreNorms(nodes.length, norms.length);
  assertShapes("batch norms", "moving_mean", nodes, norms, (node) => [
    node.channels,
  ]);
  const weighted = new Map<string, ImportedLayer>(
    nodes.map((node, i) => {
      const norm = norms[i]!.tensors;
      const after = {
        op: "batchNorm",
        gamma: norm.get("gamma"),
        beta: norm.get("beta"),
        mean: norm.get("moving_mean")!,
        variance: tensorOf(norms[i]!, "moving_variance"),
        epsilon: EPSILON,
      } as const;
      return [node.name, { ...layerOf(convs[i]!), after: [after] }];
    }),
  );
  for (const { op, name } of graph.nodes) {
    if (op === "dense") weighted.set(name, layerOf(dense.shift()!));
  }
  // Weights reveal neither the activation nor the image size.
  return {
    architecture,
    layers: weighted,
    usual: KERAS_PREPROCESSING,
    origins: {
      pooling: "assumed",
      ...units.length > 0 && { hidden: "assumed" },
      ...classes > 0 && { activation: "assumed" },
    },
  };
}

/** The last block of a network with this number of convolutions, unless it is Mixed_7c. */
function lastBlock(convolutions: number): { lastBlock?: BlockName } {
  const found = BLOCKS.find((lastBlock) =>
    inceptionV3({ lastBlock, classes: 0 }).nodes.filter(({ op }) =>
      op === "conv"
    )
      .length === convolutions
  );
  return found === undefined || found === "Mixed_7c"
    ? {}
    : { lastBlock: found };
}

function sort(layers: readonly StoredLayer[]) {
  const convs: StoredLayer[] = [];
  const norms: StoredLayer[] = [];
  const dense: StoredLayer[] = [];
  for (const layer of layers) {
    if (layer.tensors.size === 0) continue;
    const rank = layer.tensors.get("kernel")?.shape.length;
    if (layer.tensors.has("moving_mean")) norms.push(layer);
    else if (rank === 4) convs.push(layer);
    else if (rank === 2) dense.push(layer);
    else {
      throw new CorruptWeightsError(
        `Cannot match the Keras layer "${layer.name}" as it must be a convolution, a batch norm or a dense layer: it has ${
          [...layer.tensors.keys()].map((it) => `"${it}"`).join(", ")
        }`,
      );
    }
  }
  return { convs, norms, dense };
}

/**
 * The convolutions in Keras's layer order, which depends only on the wiring. Layers farther
 * from the output come first; equally distant layers are in the order of a depth-first walk
 * from the output that visits inputs in order (`map_graph` in
 * `keras/src/models/functional.py`). All versions of Keras keep this order, as otherwise they
 * couldn't load the published weights. Batch norms have the same order, since each follows
 * its own convolution.
 */
function inLayerOrder(graph: Graph): ConvNode[] {
  const nodes = nodesFor(graph, graph.outputs.features);
  const distance = new Map<string, number>();
  for (const node of nodes.toReversed()) {
    // In Keras, a convolution is three layers: itself, its batch norm and its activation.
    const layers = node.op === "conv" ? 3 : 1;
    const own = (distance.get(node.name) ?? 0) + layers;
    for (const input of nodeInputs(node)) {
      distance.set(input, Math.max(distance.get(input) ?? 0, own));
    }
  }
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const convs = new Set<ConvNode>();
  const walk = (name: string): void => {
    const node = byName.get(name);
    if (node === undefined) return; // The image.
    byName.delete(name);
    if (node.op === "conv") convs.add(node);
    nodeInputs(node).forEach(walk);
  };
  walk(graph.outputs.features);
  return [...convs].sort((a, b) =>
    distance.get(b.name)! - distance.get(a.name)!
  );
}

/** Batch norm between dense layers could be before or after ReLU. */
function assertNoMoreNorms(convolutions: number, norms: number): void {
  if (norms <= convolutions) return;
  throw new CorruptWeightsError(
    `Cannot import weights alone as there must be a batch norm per convolution and no other: the file has ${norms} for ${convolutions} convolutions, and only a whole model says where the rest belongs. Save it: model.save("model.keras")`,
  );
}

function assertShapes(
  kind: string,
  tensor: string,
  nodes: readonly ConvNode[],
  layers: readonly StoredLayer[],
  shapeOf: (node: ConvNode) => readonly number[],
): void {
  const count = Math.max(nodes.length, layers.length);
  for (let i = 0; i < count; i++) {
    const node = nodes[i];
    const layer = layers[i];
    const expected = node && shapeOf(node);
    const found = layer?.tensors.get(tensor)?.shape;
    if (String(expected) === String(found)) continue;
    throw new CorruptWeightsError(
      `Cannot match the file's ${layers.length} ${kind} with the ${nodes.length} of Inception-v3 as ${
        expected === undefined
          ? "there must be no more"
          : `that of "${node!.name}" must have the shape [${expected}]`
      }: next is ${layer ? `"${layer.name}" with [${found}]` : "none"}`,
    );
  }
}

function layerOf(stored: StoredLayer): ImportedLayer {
  return {
    kernel: tensorOf(stored, "kernel"),
    bias: stored.tensors.get("bias"),
  };
}

function tensorOf({ name, tensors }: StoredLayer, key: string): ForeignTensor {
  const tensor = tensors.get(key);
  if (tensor !== undefined) return tensor;
  throw new CorruptWeightsError(
    `Cannot import the Keras layer "${name}" as it must have a ${key}: it has none`,
  );
}
