/**
 * The layers of any Keras model and their inputs, from its configuration.
 *
 * @module
 */
import { CorruptWeightsError } from "../errors.ts";
import { asArray, asNumber, asObject, asString } from "./json.ts";

/** One layer of a functional Keras model. */
export interface KerasLayer {
  readonly name: string;
  /** `Conv2D`, `BatchNormalization`, ... */
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The names of the layers that it reads. */
  readonly inputs: readonly string[];
}

/** Advice for a model that scales its image. */
export const NO_ARITHMETIC =
  "Arithmetic on the image inside of the model isn't read: export the model without it, and give the scale and offset as preprocessing if they aren't Keras's own, -1..1";

/** A functional Keras model with one output. */
export interface KerasModel {
  readonly layers: ReadonlyMap<string, KerasLayer>;
  /** The name of the layer whose activation is the result. */
  readonly output: string;
}

/** The model of a TFJS `model.json`'s `modelTopology`, or of its `model_config`. */
export function parseKerasModel(json: unknown): KerasModel {
  const topology = asObject(json, "modelTopology");
  const model = asObject(topology.model_config ?? topology, "model_config");
  const className = asString(model.class_name, "model_config.class_name");
  if (className !== "Model" && className !== "Functional") {
    throw new CorruptWeightsError(
      `Cannot import a Keras model of class "${className}" as it must be a functional model`,
    );
  }
  const config = asObject(model.config, "model_config.config");
  const layers = new Map<string, KerasLayer>();
  for (const value of asArray(config.layers, "the list of layers")) {
    const layer = parseLayer(value);
    if (layers.has(layer.name)) {
      throw new CorruptWeightsError(
        `Cannot import the Keras model as two layers have the name "${layer.name}"`,
      );
    }
    layers.set(layer.name, layer);
  }
  const list = asArray(config.output_layers, "output_layers");
  // Keras 3 leaves a single reference unwrapped.
  const outputs = typeof list[0] === "string" ? [list] : list;
  if (outputs.length !== 1) {
    throw new CorruptWeightsError(
      `Cannot import the Keras model as it must have one output: it has ${outputs.length}`,
    );
  }
  return { layers, output: readReference(outputs[0], "output_layers") };
}

export function layerNamed(model: KerasModel, name: string): KerasLayer {
  const layer = model.layers.get(name);
  if (layer !== undefined) return layer;
  throw new CorruptWeightsError(
    `Cannot find the Keras layer "${name}" that another one reads`,
  );
}

/** The one layer that `layer` reads. */
export function inputOf(model: KerasModel, layer: KerasLayer): KerasLayer {
  const [input, ...others] = layer.inputs;
  if (input !== undefined && others.length === 0) {
    return layerNamed(model, input);
  }
  throw new CorruptWeightsError(
    `Cannot import the Keras layer "${layer.name}" as it must read one layer: it reads ${layer.inputs.length}`,
  );
}

export function numericSetting(layer: KerasLayer, key: string): number {
  return asNumber(layer.config[key], `"${key}" of the layer "${layer.name}"`);
}

/** The activation of an activation layer; null of other layers. */
export function activationOf(layer: KerasLayer): string | null {
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

export function activationNamed(
  layer: KerasLayer,
  activation: unknown,
): string {
  return asString(activation, `the activation of the layer "${layer.name}"`);
}

/** Skips layers that only matter in training. */
export function skipIdentities(
  model: KerasModel,
  layer: KerasLayer,
): KerasLayer {
  const seen = new Set<KerasLayer>();
  while (/^(Spatial)?Dropout(2D)?$/.test(layer.className) && !seen.has(layer)) {
    seen.add(layer);
    layer = inputOf(model, layer);
  }
  return layer;
}

function parseLayer(json: unknown): KerasLayer {
  const layer = asObject(json, "a layer");
  const config = asObject(layer.config, "a layer's config");
  const name = asString(layer.name ?? config.name, "a layer's name");
  const nodes = asArray(layer.inbound_nodes ?? [], `the inputs of "${name}"`);
  if (nodes.length > 1) {
    throw new CorruptWeightsError(
      `Cannot import the Keras layer "${name}" as it is used ${nodes.length} times`,
    );
  }
  return {
    name,
    className: asString(layer.class_name, `the class of "${name}"`),
    config,
    inputs: nodes.flatMap((it) => readInputs(it, name)),
  };
}

/**
 * `[[layer name, ...], ...]`, or since Keras 3 the arguments of a call: tensors,
 * or lists of them.
 */
function readInputs(json: unknown, layer: string): string[] {
  const where = `an input of "${layer}"`;
  if (Array.isArray(json)) return json.map((it) => readReference(it, where));
  const { args } = asObject(json, where);
  return asArray(args, where).flat().map((tensor) => {
    if (typeof tensor === "number") {
      throw new CorruptWeightsError(
        `Cannot import the Keras layer "${layer}" as it must read layers alone: it computes with the number ${tensor}. ${NO_ARITHMETIC}`,
      );
    }
    const { config } = asObject(tensor, where);
    return readReference(asObject(config, where).keras_history, where);
  });
}

/** `[layer name, node index, tensor index, ...]`. */
function readReference(json: unknown, where: string): string {
  return asString(asArray(json, where)[0], where);
}
