import { CorruptWeightsError } from "../errors.ts";
import type { Variant } from "../model/mod.ts";
import { asSide } from "./limits.ts";
import { asArray, unexpected } from "./json.ts";
import {
  inputOf,
  type KerasLayer,
  type KerasModel,
  NO_ARITHMETIC,
  numericSetting,
} from "./keras_topology.ts";

/** The input of a Keras model. */
export interface KerasInput {
  /** Factor on all channel counts, from the first convolution. */
  readonly widthMultiplier: number;
  /** Side of the input, if it is fixed. */
  readonly variant: Variant | undefined;
}

/** Side of the published Inception-v3's input, in pixels. */
const FULL = 299;

/** Reads the input layer, and the convolution that reads it. */
export function readKerasInput(model: KerasModel): KerasInput {
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
