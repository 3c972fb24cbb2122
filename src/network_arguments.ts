/**
 * Checks of networks that callers give, and of how images enter them.
 *
 * @module
 */
import {
  expectArgument,
  expectChoice,
  expectNames,
  isNumber,
  isObject,
} from "./argument.ts";

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When `network` isn't one: a classifier, say.
 */
export function expectNetwork(cannot: string, network: unknown): void {
  const { weights, architecture, labels, preprocessing, ...others } =
    (network ?? {}) as Record<string, unknown>;
  const { origins = {}, quantized, range } = others;
  expectArgument(
    typeof weights === "function" && isObject(architecture) &&
      Array.isArray(labels) && isObject(origins) &&
      typeof quantized === typeof range,
    `${cannot} as the network must be a Network, as loadNetwork() gives it`,
    network,
  );
  expectPreprocessing(cannot, preprocessing);
}

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When `preprocessing` isn't how photos enter a network.
 */
export function expectPreprocessing(
  cannot: string,
  preprocessing: unknown,
): void {
  expectArgument(
    isObject(preprocessing),
    `${cannot} as preprocessing must be { crop, resize, scale, offset }`,
    preprocessing,
  );
  expectNames(
    `${cannot} as preprocessing has no`,
    preprocessing as object,
    PREPROCESSING_NAMES,
  );
  expectGeometry(cannot, preprocessing);
  for (const name of ["scale", "offset"]) {
    const values = (preprocessing as Record<string, unknown>)[name];
    expectArgument(
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
export function expectGeometry(cannot: string, geometry: unknown): void {
  expectArgument(
    isObject(geometry),
    `${cannot} as geometry must be { crop, resize }`,
    geometry,
  );
  expectNames(
    `${cannot} as geometry has no`,
    geometry as object,
    PREPROCESSING_NAMES,
  );
  const { crop, resize = null } = geometry as Record<string, unknown>;
  expectCrop(crop as { readonly kind: string });
  expectChoice(cannot, "resize", resize, ["antialiased", "half-pixel"]);
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
export function expectCrop(
  crop: { readonly kind: string; readonly fraction?: number },
): void {
  expectArgument(
    isObject(crop),
    'crop an image as crop must be { kind: "squash" } or { kind: "center", fraction: 0.875 }',
    crop,
  );
  expectNames("crop an image as crop has no", crop, CROP_NAMES);
  const kind: unknown = crop.kind;
  expectArgument(
    kind === "squash" || kind === "center",
    'crop an image as the crop\'s kind must be "squash" or "center"',
    kind,
  );
  expectArgument(
    kind === "squash" || isNumber(crop.fraction, (it) => it > 0 && it <= 1),
    "crop an image as the crop's fraction must be in (0, 1]",
    crop.fraction,
  );
}
