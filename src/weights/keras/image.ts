/**
 * The image's size and values after the layers in front of the network.
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
  /** How the model itself crops and resizes images of any size, if it does. */
  readonly geometry: Partial<CropAndResize>;
  /** The largest factor applied to its values, if they are scaled. */
  readonly factor?: number;
}

/** `[height, width]` in pixels; `null` if not fixed. */
export type Size = readonly [height: number | null, width: number | null];

export function newImage(input: string, size: Size): Image {
  return { input, size, geometry: {} };
}

/** The size in the shape `[images, height, width, channels]`, if there is one. */
export function sizeOf(shape: unknown, where: string): Size {
  if (shape === undefined || shape === null) return [null, null];
  const [, height, width] = asArray(unwrapped(shape), where);
  const extent = (value: unknown = null) =>
    value === null ? null : asNumber(value, where);
  return [extent(height), extent(width)];
}

/** The image as a nested model's input, which may state a size that the outer one doesn't. */
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
  // After earlier changes of size, the overall geometry isn't known.
  if (className !== "Resizing" || !isWhole || !isFirst) {
    return { ...image, size, geometry: {} };
  }
  const geometry: Partial<CropAndResize> = {
    ...config.pad_to_aspect_ratio !== true && {
      crop: config.crop_to_aspect_ratio === true
        ? { kind: "center", fraction: 1 }
        : { kind: "squash" },
    },
    // TensorFlow's bilinear resizing doesn't antialias by default.
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
 * The likely input range of a model whose arithmetic doesn't lead to a known range, such as
 * normalization by statistics of its own photos: bytes, or 0..1 if the model enlarges values.
 * Without arithmetic, it is Keras's range.
 *
 * @param factor The largest factor applied to values, if there is arithmetic.
 */
export function likelyFed(
  factor: number | undefined,
): { readonly fed: PixelScale; readonly isSure: boolean } {
  if (factor === undefined) return { fed: KERAS_PREPROCESSING, isSure: false };
  const isLarger = factor > 1 + 1e-6;
  return { fed: isLarger ? UP_TO_1 : BYTES, isSure: factor < 0.1 };
}
