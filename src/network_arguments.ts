import {
  assertArgument,
  assertChoice,
  assertNames,
  assertWhole,
  isNumber,
  isObject,
  type OptionNames,
} from "./argument.ts";
import { ArgumentError } from "./errors.ts";
import type { CropRule, Network, Preprocessing } from "./model/network.ts";
import { isQuantized } from "./model/quantized_network.ts";

/** @throws {ArgumentError} When `network` isn't a `Network`. */
export function assertNetwork(action: string, network: unknown): void {
  const { weights, architecture, labels, preprocessing, ...others } =
    (network ?? {}) as Record<string, unknown>;
  const { origins = {}, quantized, absMax } = others;
  assertArgument(
    typeof weights === "function" && isObject(architecture) &&
      Array.isArray(labels) && isObject(origins) &&
      typeof quantized === typeof absMax,
    `${action} as the network must be a Network, as loadNetwork() gives it`,
    network,
  );
  assertPreprocessing(action, preprocessing);
}

/** @throws {ArgumentError} When the weights of `network` are int8. */
export function assertFloat(
  action: string,
  network: Network,
  source = "the network",
): void {
  if (!isQuantized(network)) return;
  throw new ArgumentError(
    `Cannot ${action} ${source} as its weights are int8 already, and the original ones are gone: ${action} the original model`,
  );
}

/** The layer with that name. Throws an {@linkcode ArgumentError} if there is none. */
export function weightedLayer<T>(
  layers: ReadonlyMap<string, T>,
  name: string,
): T {
  const layer = layers.get(name);
  if (layer !== undefined) return layer;
  throw new ArgumentError(`Cannot give weights of "${name}": it has none`);
}

/** @throws {ArgumentError} When `preprocessing` isn't a `Preprocessing`. */
export function assertPreprocessing(
  action: string,
  preprocessing: unknown,
): void {
  const given = preprocessingFields(action, preprocessing);
  assertGeometry(action, preprocessing);
  assertScale(action, given);
}

/** @throws {ArgumentError} When `preprocessing` isn't a part of a `Preprocessing`. */
export function assertPartialPreprocessing(
  action: string,
  preprocessing: unknown,
): void {
  const given = preprocessingFields(action, preprocessing);
  const { crop, resize, scale, offset } = given;
  if (crop !== undefined) assertCrop(crop as CropRule);
  if (resize !== undefined) assertResize(action, resize);
  if (scale === undefined && offset === undefined) return;
  for (const [name, other] of [["scale", "offset"], ["offset", "scale"]]) {
    assertArgument(
      given[name!] !== undefined,
      `${action} as the preprocessing must have ${name} beside ${other}`,
      given[name!],
    );
  }
  assertScale(action, given);
}

function preprocessingFields(
  action: string,
  preprocessing: unknown,
): Readonly<Record<string, unknown>> {
  const cannot = `${action} as preprocessing`;
  const rule = `${cannot} must be { crop, resize, scale, offset }`;
  assertArgument(isObject(preprocessing), rule, preprocessing);
  assertNames(`${cannot} has no`, preprocessing as object, PREPROCESSING_NAMES);
  return preprocessing as Record<string, unknown>;
}

function assertScale(
  action: string,
  preprocessing: Readonly<Record<string, unknown>>,
): void {
  for (const name of ["scale", "offset"]) {
    const values = preprocessing[name];
    assertArgument(
      Array.isArray(values) && values.length === 3 &&
        values.every((it) => isNumber(it, Number.isFinite)),
      `${action} as the preprocessing's ${name} must be three finite numbers`,
      values,
    );
  }
}

function assertResize(action: string, resize: unknown): void {
  assertChoice(action, "resize", resize, RESIZE_METHODS);
}

/** @throws {ArgumentError} When `geometry` isn't a `CropAndResize`. */
export function assertGeometry(action: string, geometry: unknown): void {
  const cannot = `${action} as geometry`;
  const rule = `${cannot} must be { crop, resize }`;
  assertArgument(isObject(geometry), rule, geometry);
  assertNames(`${cannot} has no`, geometry as object, PREPROCESSING_NAMES);
  const { crop, resize = null } = geometry as Record<string, unknown>;
  assertCrop(crop as CropRule);
  assertResize(action, resize);
}

export const RESIZE_METHODS = ["antialiased", "bicubic", "half-pixel"] as const;

/** The fields of a preprocessing, which includes a geometry. */
const PREPROCESSING_NAMES: OptionNames<Preprocessing> = {
  crop: true,
  resize: true,
  scale: true,
  offset: true,
};

/** The maximum length to which an image's shorter side is resized, in pixels. */
export const MAX_RESIZED = 65_535;

const CROP_RULES = [
  '{ kind: "squash" }',
  '{ kind: "center", fraction: 0.875 }',
  '{ kind: "resize", to: 342, size: 299 }',
].join(" or ");

/** @throws {ArgumentError} When `crop` isn't a `CropRule`. */
export function assertCrop(crop: CropRule): void {
  const cannot = "crop an image";
  assertArgument(
    isObject(crop),
    `${cannot} as crop must be ${CROP_RULES}`,
    crop,
  );
  const names = { kind: true, fraction: true, to: true, size: true };
  assertNames(`${cannot} as crop has no`, crop, names);
  const given: Readonly<Record<string, unknown>> = crop;
  switch (given.kind) {
    case "squash":
      return;
    case "center":
      return assertArgument(
        isNumber(given.fraction, (it) => it > 0 && it <= 1),
        `${cannot} as the crop's fraction must be in (0, 1]`,
        given.fraction,
      );
    case "resize": {
      const { to, size } = given;
      assertWhole(cannot, "the crop's to", to, 1, MAX_RESIZED);
      return assertWhole(cannot, "the crop's size", size, 1, to as number);
    }
    default:
      assertArgument(
        false,
        `${cannot} as the crop's kind must be "squash", "center" or "resize"`,
        given.kind,
      );
  }
}
