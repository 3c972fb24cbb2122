import { CorruptWeightsError } from "../errors.ts";
import type { Variant } from "../model/mod.ts";
import { asSide, MAX_HIDDEN } from "./limits.ts";
import { asArray, unexpected } from "./json.ts";
import {
  activationNamed,
  activationOf,
  inputOf,
  type KerasLayer,
  type KerasModel,
  layerNamed,
  NO_ARITHMETIC,
  numericSetting,
  skipIdentities,
} from "./keras_topology.ts";

/** Side of the published Inception-v3's input, in pixels. */
const FULL = 299;

/** Reads the side of the input layer, if it is fixed, and the width of what reads it. */
export function readKerasInput(model: KerasModel) {
  for (const conv of model.layers.values()) {
    if (conv.className !== "Conv2D" || conv.inputs.length !== 1) continue;
    const input = inputOf(model, conv);
    if (input.className !== "InputLayer") continue;
    return {
      widthMultiplier: numericSetting(conv, "filters") / 32,
      variant: readVariant(input),
    };
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

/** From the shape of an input layer: `[images, height, width, 3]`. */
function readVariant({ name, config }: KerasLayer): Variant | undefined {
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

/**
 * Reads the head, from the model's output backwards: the dense layers from the features to
 * the logits, and the layer below them. Without classes that may be the grid.
 */
export function readKerasHead(model: KerasModel) {
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
  const units = dense.map(unitCount);
  const classes = units.pop() ?? 0; // The model may end before the classifier.
  if (activation !== null) {
    throw new CorruptWeightsError(
      `Cannot import the Keras model as the activation ${activation} must follow a dense layer: it follows "${layer.name}" (${layer.className})`,
    );
  }
  return { classes, hiddenUnits: units, dense, below: layer };
}

function unitCount(dense: KerasLayer): number {
  const units = numericSetting(dense, "units");
  if (Number.isSafeInteger(units) && units >= 1) return units;
  throw new CorruptWeightsError(
    `Cannot import the Keras layer "${dense.name}" as its units must be a whole number >= 1: there are ${units}`,
  );
}
