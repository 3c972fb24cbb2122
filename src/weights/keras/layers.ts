/**
 * The nodes of one Keras layer.
 *
 * @module
 */
import type {
  ForeignBatchNorm,
  ForeignNode,
  ForeignTensor,
} from "../foreign/graph.ts";
import { asArray, asNumber, unexpected } from "../json.ts";
import { activationNamed, activationOf } from "./activation.ts";
import { readArithmetic } from "./arithmetic.ts";
import { EXPORT, type KerasLayer } from "./parse_model.ts";
import { onlyOf, textOf, unwrapped } from "./values.ts";
import {
  type FindTensor,
  type LayerPlace,
  nameOf,
  tensorOf,
} from "./variables.ts";

/** A layer and its inputs. */
export interface LayerCall {
  readonly place: LayerPlace;
  /** The keys of its input nodes. */
  readonly inputs: readonly string[];
  /** Whether its input is a vector, without spatial axes. */
  readonly isVector: boolean;
  readonly find: FindTensor;
}

/** Layers that only have an effect in training. */
const IDENTITY =
  /^(Dropout|(Spatial|Gaussian|Alpha)Dropout(2D)?|GaussianNoise|ActivityRegularization|Identity|RandAugment|AugMix|CutMix|MixUp|Random(?!FourierFeatures|Crop).+)$/;

const BATCH_NORM = /^(Sync)?BatchNormalization(V1|V2)?$/;

/** The layer's node, followed by its activation's if it has one. */
export function layerNodes(call: LayerCall): ForeignNode[] {
  const name = nameOf(call.place);
  const node = readLayer(call, name);
  if (typeof node === "string") return [{ op: "other", name, what: node }];
  if (node.op !== "conv" && node.op !== "dense") return [node];
  const activation = activationNamed(call.place.layer.config.activation);
  if (activation === "linear") return [node];
  const after = `${name} (${activation})`;
  return [node, { op: "activation", name: after, input: name, activation }];
}

/** Reads a layer. A string describes a layer that Inception-v3 can't have. */
function readLayer(call: LayerCall, name: string): ForeignNode | string {
  const { place, inputs, isVector, find } = call;
  const { className, config, training } = place.layer;
  const kind = `${/^[AEIO]/.test(className) ? "an" : "a"} ${className}`;
  if (className === "Concatenate") {
    return isAxis(config.axis, [3, -1])
      ? { op: "concat", name, inputs }
      : "a concatenation along another axis than the channels";
  }
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    return `${kind} that reads ${inputs.length} layers`;
  }
  if ((config.data_format ?? "channels_last") !== "channels_last") {
    return `${kind} with the channels first`;
  }
  const node = { name, input };
  if (IDENTITY.test(className)) return { op: "identity", ...node };
  if (BATCH_NORM.test(className)) {
    if (training) {
      return "a batch norm that is called as in training, so that an answer depends on other images: call its model with training=False";
    }
    return isAxis(config.axis, isVector ? [1, -1, 3] : [3, -1])
      ? readBatchNorm(call, node)
      : "a batch norm along another axis than the channels";
  }
  const tensor = (variable: string, index: number): ForeignTensor =>
    tensorOf(find, place, { name: variable, index });
  const kernel = () => ({
    kernel: tensor("kernel", 0),
    bias: config.use_bias === false ? undefined : tensor("bias", 1),
  });
  switch (className) {
    case "Conv2D":
      return {
        op: "conv",
        ...node,
        ...kernel(),
        ...windowOf(name, config),
        dilation: pairOf(config.dilation_rate ?? 1, name, "dilation_rate"),
        groups: asNumber(config.groups ?? 1, `the groups of "${name}"`),
      };
    case "Dense":
      return { op: "dense", ...node, ...kernel() };
    case "MaxPooling2D":
    case "AveragePooling2D":
      return {
        op: "pool",
        ...node,
        kind: className === "MaxPooling2D" ? "max" : "mean",
        size: pairOf(config.pool_size, name, "pool_size"),
        ...windowOf(name, config, config.pool_size),
        countIncludePad: false,
      };
    case "GlobalMaxPooling2D":
      return { op: "globalPool", ...node, kind: "max" };
    case "GlobalAveragePooling2D":
      return { op: "globalPool", ...node, kind: "mean" };
    case "Flatten":
      return { op: "flatten", ...node, order: "height-width-channel" };
    case "Reshape":
      return isVector && keepsVector(config.target_shape)
        ? { op: "identity", ...node }
        : kind;
    case "Lambda":
      return `a Lambda, whose Python code isn't read: ${EXPORT}`;
  }
  const activation = activationOf(place.layer) ?? activationCall(place.layer);
  if (activation !== undefined) {
    return { op: "activation", ...node, activation };
  }
  const pool = poolCall(place.layer);
  if (pool !== undefined) return { op: "globalPool", ...node, kind: pool };
  const arithmetic = readArithmetic(place, find);
  if (arithmetic === undefined) {
    return className === "TFOpLambda"
      ? `the operation ${textOf(config.function)}`
      : kind;
  }
  return arithmetic === "identity"
    ? { op: "identity", ...node }
    : { op: "affine", ...node, ...arithmetic };
}

/** The name of an operation: `relu` for `tf.nn.relu(x)` and `keras.ops.relu(x)`. */
function operationOf({ className, config }: KerasLayer): string {
  const name = className === "TFOpLambda" ? textOf(config.function) : className;
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}

function activationCall(layer: KerasLayer): string | undefined {
  const operation = operationOf(layer);
  const isKnown = /^(relu|sigmoid|softmax)$/.test(operation);
  return isKnown && layer.operands.length === 1 ? operation : undefined;
}

/** The kind of `tf.reduce_mean(x, axis=[1, 2])` and other operations that pool all pixels. */
function poolCall(layer: KerasLayer): "mean" | "max" | undefined {
  const [, kind] = /^(?:reduce_)?(mean|max)$/.exec(operationOf(layer)) ?? [];
  const isOfPixels = layer.operands.some((it) =>
    Array.isArray(it) && it.join() === "1,2"
  );
  return isOfPixels ? kind as "mean" | "max" | undefined : undefined;
}

function readBatchNorm(
  { place, find }: LayerCall,
  node: { readonly name: string; readonly input: string },
): ForeignBatchNorm {
  const { config } = place.layer;
  // Variables have this order, without gaps for absent ones.
  let index = 0;
  const tensor = (name: string) =>
    tensorOf(find, place, { name, index: index++ });
  return {
    op: "batchNorm",
    ...node,
    gamma: config.scale === false ? undefined : tensor("gamma"),
    beta: config.center === false ? undefined : tensor("beta"),
    mean: tensor("moving_mean"),
    variance: tensor("moving_variance"),
    epsilon: asNumber(config.epsilon, `the epsilon of "${node.name}"`),
  };
}

function windowOf(
  name: string,
  { strides, padding = "valid" }: LayerPlace["layer"]["config"],
  size?: unknown,
) {
  if (padding !== "same" && padding !== "valid") {
    const where = `the padding of the layer "${name}"`;
    throw unexpected(where, "valid or same", padding);
  }
  return {
    stride: pairOf(strides ?? size ?? 1, name, "strides"),
    padding: padding as "same" | "valid",
  };
}

/** Reads `[height, width]`, or one number for both. */
function pairOf(
  value: unknown,
  name: string,
  key: string,
): [height: number, width: number] {
  const where = `the ${key} of the layer "${name}"`;
  if (typeof value === "number") return [value, value];
  const [height, width] = asArray(unwrapped(value), where);
  return [asNumber(height, where), asNumber(width, where)];
}

/** Whether an axis, or the only axis in a list, is among `expected`. */
function isAxis(axis: unknown, expected: readonly number[]): boolean {
  return expected.includes(onlyOf(axis) as number);
}

/** Whether all extents of a shape except the last are 1. */
function keepsVector(shape: unknown): boolean {
  shape = unwrapped(shape);
  return Array.isArray(shape) && shape.length > 0 &&
    shape.slice(0, -1).every((it) => it === 1);
}
