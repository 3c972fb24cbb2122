/**
 * Checks of networks that callers give, and of how images enter them.
 *
 * @module
 */
import {
  assertArgument,
  assertChoice,
  assertNames,
  isNumber,
  isObject,
} from "./argument.ts";
import { ArgumentError } from "./errors.ts";
import type { Network } from "./model/network.ts";
import { isQuantized } from "./model/quantized_network.ts";

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When `network` isn't one: a classifier, say.
 */
export function assertNetwork(cannot: string, network: unknown): void {
  const { weights, architecture, labels, preprocessing, ...others } =
    (network ?? {}) as Record<string, unknown>;
  const { origins = {}, quantized, absMax } = others;
  assertArgument(
    typeof weights === "function" && isObject(architecture) &&
      Array.isArray(labels) && isObject(origins) &&
      typeof quantized === typeof absMax,
    `${cannot} as the network must be a Network, as loadNetwork() gives it`,
    network,
  );
  assertPreprocessing(cannot, preprocessing);
}

/**
 * @param action What was to be done: `"convert"`.
 * @param source What the network is called.
 * @throws {ArgumentError} When its weights are int8.
 */
export function assertFloat(
  action: string,
  network: Network,
  source = "the network",
): void {
  if (!isQuantized(network)) return;
  throw new ArgumentError(
    `Cannot ${action} ${source} as its weights are int8 already, and what they were rounded from is gone: ${action} what the file was made of`,
  );
}

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When `preprocessing` isn't how photos enter a network.
 */
export function assertPreprocessing(
  cannot: string,
  preprocessing: unknown,
): void {
  assertArgument(
    isObject(preprocessing),
    `${cannot} as preprocessing must be { crop, resize, scale, offset }`,
    preprocessing,
  );
  assertNames(
    `${cannot} as preprocessing has no`,
    preprocessing as object,
    PREPROCESSING_NAMES,
  );
  assertGeometry(cannot, preprocessing);
  for (const name of ["scale", "offset"]) {
    const values = (preprocessing as Record<string, unknown>)[name];
    assertArgument(
      Array.isArray(values) && values.length === 3 &&
        values.every((it) => isNumber(it, Number.isFinite)),
      `${cannot} as the preprocessing's ${name} must be three finite numbers`,
      values,
    );
  }
}

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When `geometry` doesn't say how images are brought to size.
 */
export function assertGeometry(cannot: string, geometry: unknown): void {
  assertArgument(
    isObject(geometry),
    `${cannot} as geometry must be { crop, resize }`,
    geometry,
  );
  assertNames(
    `${cannot} as geometry has no`,
    geometry as object,
    PREPROCESSING_NAMES,
  );
  const { crop, resize = null } = geometry as Record<string, unknown>;
  assertCrop(crop as { readonly kind: string });
  assertChoice(cannot, "resize", resize, ["antialiased", "half-pixel"]);
}

const CROP_NAMES = { kind: true, fraction: true } as const;

/** Of a preprocessing, which is a geometry, too. */
const PREPROCESSING_NAMES = {
  crop: true,
  resize: true,
  scale: true,
  offset: true,
} as const;

/**
 * @throws {ArgumentError} When `crop` is neither a squash nor a part of the centre.
 */
export function assertCrop(
  crop: { readonly kind: string; readonly fraction?: number },
): void {
  assertArgument(
    isObject(crop),
    'crop an image as crop must be { kind: "squash" } or { kind: "center", fraction: 0.875 }',
    crop,
  );
  assertNames("crop an image as crop has no", crop, CROP_NAMES);
  const kind: unknown = crop.kind;
  assertArgument(
    kind === "squash" || kind === "center",
    'crop an image as the crop\'s kind must be "squash" or "center"',
    kind,
  );
  assertArgument(
    kind === "squash" || isNumber(crop.fraction, (it) => it > 0 && it <= 1),
    "crop an image as the crop's fraction must be in (0, 1]",
    crop.fraction,
  );
}
