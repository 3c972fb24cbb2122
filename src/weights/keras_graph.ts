import type {
  ForeignGraph,
  ForeignNode,
  ForeignTensor,
} from "./foreign/graph.ts";
import { asArray, asNumber, asString } from "./json.ts";
import { KERAS_PREPROCESSING } from "./keras/preprocessing.ts";
import {
  activationNamed,
  activationOf,
  type KerasLayer,
  type KerasModel,
  numericSetting,
} from "./keras_topology.ts";

/** A Keras model's tensors, by `layer/kernel`, `layer/moving_mean`, ... */
export interface KerasTensors {
  shapeOf(name: string): readonly number[] | undefined;
  /** A copy of a tensor's values. */
  read(name: string): Float32Array<ArrayBuffer>;
}

/**
 * What a Keras model computes. A layer that Inception-v3 can't have becomes `other`: the
 * matcher refuses it if the answer needs it.
 */
export function kerasGraph(
  model: KerasModel,
  tensors: KerasTensors,
): ForeignGraph {
  const nodes = new Map<string, ForeignNode>();
  for (const layer of model.layers.values()) {
    const { name, config } = layer;
    const node = readLayer(layer, tensors);
    const activation = node.op === "conv" || node.op === "dense"
      ? activationNamed(layer, config.activation ?? "linear")
      : "linear";
    if (activation === "linear") {
      nodes.set(name, node);
      continue;
    }
    // The layer's result is what its activation gives.
    const input = `${name} without its activation`;
    nodes.set(input, node);
    nodes.set(name, { op: "activation", name, input, activation });
  }
  return {
    format: "Keras model",
    noun: "layer",
    nodes,
    output: model.output,
    fed: KERAS_PREPROCESSING,
  };
}

function readLayer(layer: KerasLayer, tensors: KerasTensors): ForeignNode {
  const { name, className, config, inputs } = layer;
  const other = (what: string): ForeignNode => ({ op: "other", name, what });
  if (className === "InputLayer") {
    return { op: "input", name, size: readSize(layer) };
  }
  if (className === "Concatenate") {
    return config.axis === 3 || config.axis === -1
      ? { op: "concat", name, inputs }
      : other("a concatenation along another axis than the channels");
  }
  const [input = ""] = inputs;
  if (inputs.length !== 1) {
    return other(`a ${className} that reads ${inputs.length} layers`);
  }
  if ((config.data_format ?? "channels_last") !== "channels_last") {
    return other(`a ${className} with channels first`);
  }
  const activation = activationOf(layer);
  if (activation !== null) return { op: "activation", name, input, activation };
  if (/^(Spatial)?Dropout(2D)?$/.test(className)) {
    return { op: "identity", name, input };
  }
  const named = { name, input };
  const missing: string[] = [];
  const tensor = (role: string): ForeignTensor => {
    const tensor = `${name}/${role}`;
    const shape = tensors.shapeOf(tensor);
    if (shape === undefined) missing.push(tensor);
    return {
      name: tensor,
      shape: shape ?? [],
      read: () => tensors.read(tensor),
    };
  };
  const unless = (isOff: boolean, role: string) =>
    isOff ? undefined : tensor(role);
  const node = ((): ForeignNode => {
    switch (className) {
      case "Conv2D":
        return {
          op: "conv",
          ...named,
          ...readWindow(layer),
          kernel: tensor("kernel"),
          bias: unless(config.use_bias === false, "bias"),
          dilation: asPair(layer, "dilation_rate", [1, 1]),
          groups: asNumber(config.groups ?? 1, `"groups" of "${name}"`),
        };
      case "Dense":
        return {
          op: "dense",
          ...named,
          kernel: tensor("kernel"),
          bias: unless(config.use_bias === false, "bias"),
        };
      case "BatchNormalization": {
        const axis = String(config.axis);
        return axis !== "3" && axis !== "-1"
          ? other("a batch norm along another axis than the channels")
          : {
            op: "batchNorm",
            ...named,
            gamma: unless(config.scale === false, "gamma"),
            beta: unless(config.center === false, "beta"),
            mean: tensor("moving_mean"),
            variance: tensor("moving_variance"),
            epsilon: numericSetting(layer, "epsilon"),
          };
      }
      case "MaxPooling2D":
      case "AveragePooling2D":
        return {
          op: "pool",
          ...named,
          ...readWindow(layer),
          kind: className === "MaxPooling2D" ? "max" : "mean",
          size: asPair(layer, "pool_size"),
        };
      case "GlobalMaxPooling2D":
      case "GlobalAveragePooling2D": {
        const kind = className === "GlobalMaxPooling2D" ? "max" : "mean";
        return { op: "globalPool", ...named, kind };
      }
      case "Flatten":
        return { op: "flatten", ...named, order: "height-width-channel" };
      default:
        return other(`a ${className}`);
    }
  })();
  return missing.length === 0
    ? node
    : other(`a ${className} whose tensor "${missing[0]}" is absent`);
}

function readWindow(layer: KerasLayer) {
  const where = `"padding" of the layer "${layer.name}"`;
  const padding = asString(layer.config.padding, where);
  return {
    stride: asPair(layer, "strides"),
    padding: padding === "same" ? "same" as const : "valid" as const,
  };
}

/** `[height, width]` of an input layer's `[images, height, width, 3]`. */
function readSize(
  { name, config }: KerasLayer,
): [height: number | null, width: number | null] {
  const where = `the shape of the Keras layer "${name}"`;
  // `batch_shape` since Keras 3.
  const shape = config.batch_input_shape ?? config.batch_shape;
  if (shape === undefined || shape === null) return [null, null];
  const [, ...sides] = asArray(shape, where);
  const [height = null, width = null] = sides.map((it) =>
    it === null ? null : asNumber(it, where)
  );
  return [height, width];
}

function asPair(
  { name, config }: KerasLayer,
  key: string,
  usual?: readonly [number, number],
): readonly [height: number, width: number] {
  const where = `"${key}" of the layer "${name}"`;
  const [height, width] = asArray(config[key] ?? usual, where);
  return [asNumber(height, where), asNumber(width, where)];
}
