/**
 * Checks of what callers give. TypeScript checks types for those who write it; a
 * number from a settings file or a word from a form comes as it may.
 *
 * @module
 */
import { didYouMean } from "./did_you_mean.ts";
import { ArgumentError } from "./errors.ts";

/** The names of the options `T`: all of them, which the compiler sees to. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

/**
 * @param must What was to be done and what must be so: "give the top classes as top
 * must be >= 1".
 * @throws {ArgumentError} When it isn't so; the text has the value.
 */
export function expectArgument(
  isRight: boolean,
  must: string,
  value: unknown,
): void {
  if (isRight) return;
  throw new ArgumentError(
    `Cannot ${must}: current value is ${shownValue(value)}`,
  );
}

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When `value` is neither undefined nor one of `choices`.
 */
export function expectChoice(
  cannot: string,
  name: string,
  value: unknown,
  choices: readonly unknown[],
): void {
  const must = `${cannot} as ${name} must be one of ${
    choices.map((it) => shownValue(it)).join(", ")
  }`;
  expectArgument(value === undefined || choices.includes(value), must, value);
}

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When `value` isn't a whole number in `least`..`most`.
 */
export function expectWhole(
  cannot: string,
  name: string,
  value: unknown,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): void {
  const range = most === Number.MAX_SAFE_INTEGER
    ? `>= ${least}`
    : `in ${least}..${most}`;
  const isRight = Number.isSafeInteger(value) && least <= Number(value) &&
    Number(value) <= most;
  expectArgument(
    isRight,
    `${cannot} as ${name} must be a whole number ${range}`,
    value,
  );
}

/** Whether `value` is a number for which `isRight`; NaN never is. */
export function isNumber(
  value: unknown,
  isRight: (value: number) => boolean,
): value is number {
  return typeof value === "number" && isRight(value);
}

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When `signal` is neither undefined nor a signal, but a
 * controller, say.
 */
export function expectSignal(cannot: string, signal: unknown): void {
  expectArgument(
    signal === undefined ||
      typeof (signal as AbortSignal | null)?.aborted === "boolean",
    `${cannot} as signal must be an AbortSignal`,
    signal,
  );
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

/**
 * @param cannot What was to be done.
 * @param names Those that there are; any unless given.
 * @throws {ArgumentError} When `options` aren't an object, but a number that was meant
 * for one of them, say; or when they have one that there isn't, which would do nothing.
 */
export function expectOptions(
  cannot: string,
  options: unknown,
  names?: Readonly<Record<string, true>>,
): void {
  expectArgument(
    typeof options === "object" && options !== null,
    `${cannot} as options must be an object`,
    options,
  );
  if (names !== undefined) {
    expectNames(`${cannot} as there is no option`, options as object, names);
  }
}

/**
 * @param hasNo What can't be done as what has no such property: "smooth labels as
 * smoothing has no".
 * @throws {ArgumentError} When `object` has a property that isn't one of `names`.
 */
export function expectNames(
  hasNo: string,
  object: object,
  names: Readonly<Record<string, true>>,
): void {
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined || Object.hasOwn(names, name)) continue;
    const known = Object.keys(names);
    throw new ArgumentError(
      `Cannot ${hasNo} "${name}"${
        didYouMean(name, known) || `. Should be one of: ${known.join(", ")}`
      }`,
    );
  }
}

/** Of `options` those with these names. */
export function pickOptions<T extends object, K extends keyof T>(
  options: T,
  names: Readonly<Record<K, true>>,
): Pick<T, K> {
  const picked = Object.entries(options)
    .filter(([name]) => Object.hasOwn(names, name));
  return Object.fromEntries(picked) as Pick<T, K>;
}

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When one of the options that `names` names is given, and
 * isn't a function.
 */
export function expectFunctions<T extends object>(
  cannot: string,
  options: T,
  names: readonly (keyof T & string)[],
): void {
  for (const name of names) {
    expectArgument(
      options[name] === undefined || typeof options[name] === "function",
      `${cannot} as ${name} must be a function`,
      options[name],
    );
  }
}

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When `labels` aren't the names of classes.
 */
export function expectLabels(cannot: string, labels: unknown): void {
  expectArgument(
    Array.isArray(labels) && labels.every((it) => typeof it === "string"),
    `${cannot} as labels must be an array of texts`,
    labels,
  );
}

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When `images` are nothing to be gone through one by one.
 */
export function expectIterable(
  cannot: string,
  images: unknown,
  name = "images",
): void {
  expectArgument(
    typeof images === "object" && images !== null &&
      !ArrayBuffer.isView(images) &&
      (Symbol.iterator in images || Symbol.asyncIterator in images),
    `${cannot} as ${name} must be an array or another iterable, asynchronous or not`,
    images,
  );
}

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When `bytes` aren't a `Uint8Array`.
 */
export function expectBytes(cannot: string, bytes: unknown): void {
  const must = `${cannot} as the file must be given as a Uint8Array`;
  expectArgument(bytes instanceof Uint8Array, must, bytes);
}

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

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** A value in a few words: a text in quotes, an object by its class. */
export function shownValue(value: unknown): string {
  if (typeof value === "string") {
    const text = value.length > 40 ? `${value.slice(0, 40)}…` : value;
    return JSON.stringify(text);
  }
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Promise) return "a Promise (await it)";
  const name = value.constructor?.name || "Object";
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}
