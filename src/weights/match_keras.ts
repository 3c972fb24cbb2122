import {
  type ConvNode,
  type Graph,
  inceptionV3,
  type InceptionV3Options,
  inferShapes,
  INPUT,
  nodeInputs,
  type Origins,
  type Variant,
} from "../model/mod.ts";
import { CorruptWeightsError } from "../errors.ts";
import { shown } from "./json.ts";
import { readKerasHead, readKerasInput } from "./keras_ends.ts";
import {
  activationOf,
  inputOf,
  type KerasLayer,
  type KerasModel,
  layerNamed,
  skipIdentities,
} from "./keras_topology.ts";

/** The Keras layers with a node's weights. */
export interface WeightedLayers {
  /** A `Conv2D` or a `Dense`. */
  readonly layer: KerasLayer;
  /** The `BatchNormalization` after it. */
  readonly batchNorm?: KerasLayer;
}

/** An Inception-v3 found in a Keras model. */
export interface KerasMatch {
  readonly architecture: Omit<InceptionV3Options, "variant"> & {
    readonly classes: number;
  };
  /** Side of its input in pixels, if it is fixed. */
  readonly variant: Variant | undefined;
  /** What was assumed. */
  readonly origins: Origins;
  /** Its graph at that size, or at the published one, 299. */
  readonly graph: Graph;
  /** By the name of the graph's node. */
  readonly weighted: ReadonlyMap<string, WeightedLayers>;
}

/**
 * Finds Inception-v3 in a Keras model by its wiring: both graphs are walked backwards from
 * the output, in parallel. Layer names don't matter, and a layer that differs is named.
 */
export function matchInceptionV3(model: KerasModel): KerasMatch {
  const head = readKerasHead(model);
  const { widthMultiplier, variant } = readKerasInput(model);
  const architecture = {
    classes: head.classes,
    hiddenUnits: head.hiddenUnits,
    countIncludePad: false, // Keras's average pools leave padding out.
    widthMultiplier,
  };
  const graph = inceptionV3({ ...architecture, variant: variant ?? "full" });
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const weighted = new Map<string, WeightedLayers>(
    graph.nodes.filter((node) => node.op === "dense").map((node, i) => [
      node.name,
      { layer: head.dense[i]! },
    ]),
  );

  // The Keras layer of each node, so that each pair is walked once, and branches that
  // meet in a node must meet in one layer.
  const pairs = new Map<string, string>();
  const walk = (name: string, layer: KerasLayer): void => {
    layer = skipIdentities(model, layer);
    const known = pairs.get(name);
    if (known === layer.name) return;
    if (known !== undefined) {
      throw new CorruptWeightsError(
        `Cannot match the Keras layer "${layer.name}" with "${name}" as "${known}" stands for it elsewhere`,
      );
    }
    pairs.set(name, layer.name);
    if (name === INPUT) {
      assertClass(layer, "InputLayer", name);
      return;
    }
    const node = nodes.get(name)!;
    switch (node.op) {
      case "conv": {
        const found = matchConv(model, node, layer);
        weighted.set(name, found);
        return walk(node.input, inputOf(model, found.layer));
      }
      case "maxPool":
      case "avgPool": {
        const max = node.op === "maxPool";
        assertClass(layer, max ? "MaxPooling2D" : "AveragePooling2D", name);
        const { size, stride, padding } = node;
        assertSetting(layer, "pool_size", [size, size], name);
        assertSetting(layer, "strides", [stride, stride], name);
        assertSetting(layer, "padding", padding, name);
        return walk(node.input, inputOf(model, layer));
      }
      case "concat": {
        assertClass(layer, "Concatenate", name);
        assertSetting(layer, "axis", 3, name, -1);
        if (layer.inputs.length !== node.inputs.length) {
          throw new CorruptWeightsError(
            `Cannot match the Keras layer "${layer.name}" with "${name}" as it must read ${node.inputs.length} layers: it reads ${layer.inputs.length}`,
          );
        }
        for (const [i, input] of node.inputs.entries()) {
          walk(input, layerNamed(model, layer.inputs[i]!));
        }
        return;
      }
      case "globalAvgPool":
        assertPoolsAll(layer, graph, node.input);
        return walk(node.input, inputOf(model, layer));
      case "dense":
      case "softmax":
        throw new Error(`"${name}" lies behind the features`); // readKerasHead() took it.
    }
  };
  const { features } = graph.outputs;
  // Without a top, Keras adds a pool only on demand.
  const unpooled = head.classes === 0 && head.below.className === "Concatenate";
  const start = unpooled ? nodeInputs(nodes.get(features)!)[0]! : features;
  walk(start, head.below);
  const origins: Origins = unpooled ? { pooling: "assumed" } : {};
  return { architecture, variant, origins, graph, weighted };
}

/** A `Conv2D`, perhaps with a `BatchNormalization` and a ReLU behind it. */
function matchConv(
  model: KerasModel,
  node: ConvNode,
  last: KerasLayer,
): WeightedLayers {
  let layer = last;
  const activation = activationOf(layer);
  if (activation !== null) layer = inputOf(model, layer);
  const batchNorm = layer.className === "BatchNormalization" ? layer : null;
  if (batchNorm !== null) {
    assertSetting(batchNorm, "axis", 3, node.name, [3], -1);
    layer = inputOf(model, batchNorm);
  }
  assertClass(layer, "Conv2D", node.name);
  // The convolution's own activation counts if nothing follows it.
  const fused = batchNorm === null && activation === null;
  const expected = fused ? node.activation : "linear";
  assertSetting(layer, "activation", expected, node.name);
  if (!fused && activation !== node.activation) {
    throw new CorruptWeightsError(
      `Cannot match the Keras layer "${last.name}" with "${node.name}" as its activation must be ${node.activation}: it is ${
        activation ?? "linear"
      }`,
    );
  }
  assertSetting(layer, "kernel_size", node.kernel, node.name);
  assertSetting(layer, "strides", [node.stride, node.stride], node.name);
  assertSetting(layer, "padding", node.padding, node.name);
  assertSetting(layer, "filters", node.channels, node.name);
  assertSetting(layer, "data_format", "channels_last", node.name);
  assertSetting(layer, "dilation_rate", [1, 1], node.name, null);
  assertSetting(layer, "groups", 1, node.name, null);
  return batchNorm === null ? { layer } : { layer, batchNorm };
}

/** A global pool, or one whose window covers the grid. */
function assertPoolsAll(layer: KerasLayer, graph: Graph, grid: string): void {
  if (layer.className !== "AveragePooling2D") {
    assertClass(layer, "GlobalAveragePooling2D", graph.outputs.features);
    return;
  }
  const [height, width] = inferShapes(graph).get(grid)!;
  assertSetting(layer, "pool_size", [height, width], graph.outputs.features);
}

function assertClass(layer: KerasLayer, expected: string, name: string): void {
  if (layer.className === expected) return;
  throw new CorruptWeightsError(
    `Cannot match the Keras layer "${layer.name}" with "${name}" as it must be a ${expected}: it is a ${layer.className}`,
  );
}

function assertSetting(
  layer: KerasLayer,
  key: string,
  expected: unknown,
  name: string,
  ...synonyms: unknown[]
): void {
  const found = layer.config[key] ?? null;
  if ([expected, ...synonyms].some((it) => isSame(it, found))) return;
  throw new CorruptWeightsError(
    `Cannot match the Keras layer "${layer.name}" with "${name}" as its ${key} must be ${
      shown(expected)
    }: it is ${shown(found)}`,
  );
}

/** Whether a setting, a value or a list, is as expected. */
function isSame(expected: unknown, found: unknown): boolean {
  return Array.isArray(expected)
    ? Array.isArray(found) && expected.length === found.length &&
      expected.every((it, i) => it === found[i])
    : expected === found;
}
