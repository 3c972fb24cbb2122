/**
 * What layers in front of the network do to the image's size and values.
 *
 * @module
 */
import type { CropAndResize, PixelScale } from "../../model/mod.ts";
import type { ForeignAffine } from "../foreign/graph.ts";
import { BYTES, UP_TO_1 } from "../foreign/fed.ts";
import { asArray, asNumber } from "../json.ts";
import type { KerasLayer } from "./parse_model.ts";
import { KERAS_PREPROCESSING } from "./preprocessing.ts";
import { unwrapped } from "./values.ts";

/** An image on its way to the first convolution. */
export interface Image {
  /** The key of the model's input. */
  readonly input: string;
  readonly size: Size;
  /** How the model makes its image of a photo of any size, if it does. */
  readonly geometry: Partial<CropAndResize>;
  /** The largest factor that its values are multiplied by, if they are scaled. */
  readonly factor?: number;
}

/** `[height, width]` in pixels; `null` where any is taken. */
export type Size = readonly [height: number | null, width: number | null];

export function newImage(input: string, size: Size): Image {
  return { input, size, geometry: {} };
}

/** The size in `[images, height, width, channels]`, if it is given. */
export function sizeOf(shape: unknown, where: string): Size {
  if (shape === undefined || shape === null) return [null, null];
  const [, height, width] = asArray(unwrapped(shape), where);
  const extent = (value: unknown = null) =>
    value === null ? null : asNumber(value, where);
  return [extent(height), extent(width)];
}

/** An image that a model in a model takes: it may be the one that says the size. */
export function withSize(image: Image, [height, width]: Size): Image {
  const { size } = image;
  return { ...image, size: [size[0] ?? height, size[1] ?? width] };
}

/** The image after a layer that changes its size; `undefined` if the layer doesn't. */
export function resizedImage(
  image: Image,
  { className, config }: KerasLayer,
): Image | undefined {
  if (!/^(Resizing|CenterCrop|RandomCrop)$/.test(className)) return undefined;
  const { height, width } = config;
  if (typeof height !== "number" || typeof width !== "number") return undefined;
  const size: Size = [height, width];
  const isWhole = image.size.every((it) => it === null);
  const isFirst = Object.keys(image.geometry).length === 0;
  // What was made of the photo before isn't known.
  if (className !== "Resizing" || !isWhole || !isFirst) {
    return { ...image, size, geometry: {} };
  }
  const geometry: Partial<CropAndResize> = {
    ...config.pad_to_aspect_ratio !== true && {
      crop: config.crop_to_aspect_ratio === true
        ? { kind: "center", fraction: 1 }
        : { kind: "squash" },
    },
    // TensorFlow's bilinear, unless told to antialias.
    ...config.antialias !== true &&
      (config.interpolation ?? "bilinear") === "bilinear" &&
      { resize: "half-pixel" },
  };
  return { ...image, size, geometry };
}

/** The image after arithmetic. */
export function scaledImage(image: Image, { scale }: ForeignAffine): Image {
  const largest = scale === undefined
    ? 1
    : scale.read().reduce((most, it) => Math.max(most, Math.abs(it)), 0);
  return { ...image, factor: (image.factor ?? 1) * largest };
}

/**
 * What a model's input is given for a byte where its arithmetic makes no common range of
 * any, such as the statistics of its own photos: bytes, unless it makes values larger.
 *
 * @param factor What it multiplies values by, if there is arithmetic.
 */
export function likelyFed(
  factor: number | undefined,
): { readonly fed: PixelScale; readonly isSure: boolean } {
  if (factor === undefined) return { fed: KERAS_PREPROCESSING, isSure: false };
  const isLarger = factor > 1 + 1e-6;
  return { fed: isLarger ? UP_TO_1 : BYTES, isSure: factor < 0.1 };
}
