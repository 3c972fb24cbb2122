/**
 * Finds Inception-v3 in a Keras model by its shape: both graphs are walked from
 * the output back, side by side, so neither layer names nor their numbering
 * matter, and a layer that differs is named.
 *
 * @module
 */
import {
  type ConvNode,
  type Graph,
  inceptionV3,
  type InceptionV3Options,
  inferShapes,
  INPUT,
  inputsOf,
  type Origins,
  type Variant,
} from "../model/mod.ts";
import { CorruptWeightsError } from "../errors.ts";
import { asSide } from "./input_side.ts";
import { asArray, asString, shown, unexpected } from "./json.ts";
import {
  inputOf,
  type KerasLayer,
  type KerasModel,
  layerNamed,
  NO_ARITHMETIC,
  numericSetting,
} from "./keras_topology.ts";
import { MAX_HIDDEN } from "./limits.ts";

/** The Keras layers that a node's weights come from. */
export interface WeightedLayers {
  /** A `Conv2D` or a `Dense`. */
  readonly layer: KerasLayer;
  /** The `BatchNormalization` after it. */
  readonly batchNorm?: KerasLayer;
}

/** An Inception-v3 found in a Keras model. */
export interface KerasMatch {
  /** What is particular about it. */
  readonly architecture: Omit<InceptionV3Options, "variant"> & {
    readonly classes: number;
  };
  /** The side of its input in pixels, where that is fixed. */
  readonly variant: Variant | undefined;
  /** What it doesn't say. */
  readonly origins: Origins;
  /** Its graph at that size, or at the published one, 299. */
  readonly graph: Graph;
  /** By the name of the graph's node. */
  readonly weighted: ReadonlyMap<string, WeightedLayers>;
}

/**
 * @throws {CorruptWeightsError} When the model isn't an Inception-v3 with a
 * softmax classifier, or without any: the text names the first layer that
 * differs, and how.
 */
export function matchInceptionV3(model: KerasModel): KerasMatch {
  const head = readHead(model);
  const architecture = {
    classes: head.classes,
    hiddenUnits: head.hiddenUnits,
    countIncludePad: false, // Keras's average pools leave padding out.
    widthMultiplier: readWidth(model),
  };
  const variant = readVariant(model);
  const graph = inceptionV3({ ...architecture, variant: variant ?? "full" });
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const weighted = new Map<string, WeightedLayers>(
    graph.nodes.filter((node) => node.op === "dense").map((node, i) => [
      node.name,
      { layer: head.dense[i]! },
    ]),
  );

  // Which Keras layer stands for a node, so that each pair is walked once and
  // two branches that meet in one node must meet in one layer too.
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
      expectClass(layer, "InputLayer", name);
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
        expectClass(layer, max ? "MaxPooling2D" : "AveragePooling2D", name);
        const { size, stride, padding } = node;
        expectSetting(layer, "pool_size", [size, size], name);
        expectSetting(layer, "strides", [stride, stride], name);
        expectSetting(layer, "padding", padding, name);
        return walk(node.input, inputOf(model, layer));
      }
      case "concat": {
        expectClass(layer, "Concatenate", name);
        expectSetting(layer, "axis", 3, name, -1);
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
        expectPoolsAll(layer, graph, node.input);
        return walk(node.input, inputOf(model, layer));
      case "dense":
      case "softmax":
        throw new Error(`"${name}" lies behind the features`); // readHead() took it.
    }
  };
  const { features } = graph.outputs;
  // Without a top, Keras adds a pool only where it is asked for one.
  const unpooled = head.classes === 0 && head.below.className === "Concatenate";
  const start = unpooled ? inputsOf(nodes.get(features)!)[0]! : features;
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
    expectSetting(batchNorm, "axis", 3, node.name, [3], -1);
    layer = inputOf(model, batchNorm);
  }
  expectClass(layer, "Conv2D", node.name);
  // An activation inside of the convolution counts where nothing comes between.
  const fused = batchNorm === null && activation === null;
  expectSetting(
    layer,
    "activation",
    fused ? node.activation : "linear",
    node.name,
  );
  if (!fused && activation !== node.activation) {
    throw new CorruptWeightsError(
      `Cannot match the Keras layer "${last.name}" with "${node.name}" as its activation must be ${node.activation}: it is ${
        activation ?? "linear"
      }`,
    );
  }
  expectSetting(layer, "kernel_size", node.kernel, node.name);
  expectSetting(layer, "strides", [node.stride, node.stride], node.name);
  expectSetting(layer, "padding", node.padding, node.name);
  expectSetting(layer, "filters", node.channels, node.name);
  expectSetting(layer, "data_format", "channels_last", node.name);
  expectSetting(layer, "dilation_rate", [1, 1], node.name, null);
  expectSetting(layer, "groups", 1, node.name, null);
  return batchNorm === null ? { layer } : { layer, batchNorm };
}

/** What lies between the last grid of activations and the probabilities. */
interface Head {
  /** 0 where the model ends before the classifier. */
  readonly classes: number;
  readonly hiddenUnits: readonly number[];
  /** From the features to the logits. */
  readonly dense: readonly KerasLayer[];
  /** The layer that gives the features; without classes, perhaps the grid. */
  readonly below: KerasLayer;
}

function readHead(model: KerasModel): Head {
  const dense: KerasLayer[] = [];
  let layer = skipIdentities(model, layerNamed(model, model.output));
  let activation = activationOf(layer);
  if (activation !== null) layer = inputOf(model, layer);
  let expected = "softmax";
  const seen = new Set<KerasLayer>();
  while (true) {
    layer = skipIdentities(model, layer);
    if (layer.className === "Flatten") layer = inputOf(model, layer);
    if (layer.className !== "Dense" || seen.has(layer)) break;
    if (seen.size > MAX_HIDDEN) {
      throw new CorruptWeightsError(
        `Cannot import the Keras model as it must have <= ${MAX_HIDDEN} dense layers before the last: it has more`,
      );
    }
    seen.add(layer);
    const own = activationNamed(layer, layer.config.activation ?? "linear");
    const found = activation === null
      ? own
      : own === "linear"
      ? activation
      : `${own}, then ${activation}`;
    if (found !== expected) {
      throw new CorruptWeightsError(
        `Cannot import the Keras layer "${layer.name}" as its activation must be ${expected}: it is ${found}`,
      );
    }
    dense.unshift(layer);
    expected = "relu";
    layer = skipIdentities(model, inputOf(model, layer));
    activation = activationOf(layer);
    if (activation !== null) layer = inputOf(model, layer);
  }
  const units = dense.map(unitsOf);
  const classes = units.pop() ?? 0;
  if (activation !== null) {
    throw new CorruptWeightsError(
      `Cannot import the Keras model as the activation ${activation} must follow a dense layer: it follows "${layer.name}" (${layer.className})`,
    );
  }
  return { classes, hiddenUnits: units, dense, below: layer };
}

function unitsOf(dense: KerasLayer): number {
  const units = numericSetting(dense, "units");
  if (Number.isSafeInteger(units) && units >= 1) return units;
  throw new CorruptWeightsError(
    `Cannot import the Keras layer "${dense.name}" as its units must be a whole number >= 1: there are ${units}`,
  );
}

/** The factor on all channel counts, from the convolution on the image. */
function readWidth(model: KerasModel): number {
  const { conv } = readEntry(model);
  return numericSetting(conv, "filters") / 32;
}

/** The side of the input, where it is fixed: `[images, height, width, 3]`. */
function readVariant(model: KerasModel): Variant | undefined {
  const { name, config } = readEntry(model).input;
  const where = `the shape of the Keras layer "${name}"`;
  // `batch_shape` since Keras 3.
  const shape = config.batch_input_shape ?? config.batch_shape;
  if (shape === undefined || shape === null) return undefined;
  const [, height = null, width = null] = asArray(shape, where);
  if (height === null && width === null) return undefined;
  if (height !== null && width !== null && height !== width) {
    throw unexpected(where, "square", shape);
  }
  const side = asSide(height ?? width, where);
  return side === FULL ? "full" : side;
}

/** The side of Inception-v3 as it is published, in pixels. */
const FULL = 299;

/** The layer of the image, and the convolution that reads it. */
function readEntry(model: KerasModel) {
  for (const conv of model.layers.values()) {
    if (conv.className !== "Conv2D" || conv.inputs.length !== 1) continue;
    const input = inputOf(model, conv);
    if (input.className === "InputLayer") return { input, conv };
  }
  const reader = [...model.layers.values()].find(({ inputs }) =>
    inputs.some((it) => model.layers.get(it)?.className === "InputLayer")
  );
  throw new CorruptWeightsError(
    `Cannot import the Keras model as a convolution must read the image: ${
      reader === undefined
        ? "nothing does"
        : `the layer "${reader.name}" (${reader.className}) does. ${NO_ARITHMETIC}`
    }`,
  );
}

/** The activation that `layer` is, or null where it is something else. */
function activationOf(layer: KerasLayer): string | null {
  if (layer.className === "Activation") {
    return activationNamed(layer, layer.config.activation);
  }
  if (layer.className === "Softmax") return "softmax";
  if (layer.className !== "ReLU") return null;
  const { max_value, negative_slope, threshold } = layer.config;
  return max_value == null && !negative_slope && !threshold
    ? "relu"
    : "a bounded or leaky relu";
}

function activationNamed(layer: KerasLayer, activation: unknown): string {
  return asString(activation, `the activation of the layer "${layer.name}"`);
}

/** Past layers that change nothing when a network is used, not trained. */
function skipIdentities(model: KerasModel, layer: KerasLayer): KerasLayer {
  const seen = new Set<KerasLayer>();
  while (/^(Spatial)?Dropout(2D)?$/.test(layer.className) && !seen.has(layer)) {
    seen.add(layer);
    layer = inputOf(model, layer);
  }
  return layer;
}

/** A global pool, or one whose window is as large as the grid it reads. */
function expectPoolsAll(layer: KerasLayer, graph: Graph, grid: string): void {
  if (layer.className !== "AveragePooling2D") {
    expectClass(layer, "GlobalAveragePooling2D", graph.outputs.features);
    return;
  }
  const [height, width] = inferShapes(graph).get(grid)!;
  expectSetting(layer, "pool_size", [height, width], graph.outputs.features);
}

function expectClass(layer: KerasLayer, expected: string, name: string): void {
  if (layer.className === expected) return;
  throw new CorruptWeightsError(
    `Cannot match the Keras layer "${layer.name}" with "${name}" as it must be a ${expected}: it is a ${layer.className}`,
  );
}

function expectSetting(
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

/** Whether a setting, a value or a list of values, is what is expected. */
function isSame(expected: unknown, found: unknown): boolean {
  return Array.isArray(expected)
    ? Array.isArray(found) && expected.length === found.length &&
      expected.every((it, i) => it === found[i])
    : expected === found;
}
