/**
 * Checks of what callers give. TypeScript checks types for those who write it; a
 * number from a settings file or a word from a form comes as it may.
 *
 * @module
 */
import { didYouMean } from "./text/did_you_mean.ts";
import { ArgumentError } from "./errors.ts";

/** The names of the options `T`: all of them, which the compiler sees to. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

/**
 * @param must What was to be done and what must be so: "give the top classes as top
 * must be >= 1".
 * @throws {ArgumentError} When it isn't so; the text has the value.
 */
export function assertArgument(
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
export function assertChoice(
  cannot: string,
  name: string,
  value: unknown,
  choices: readonly unknown[],
): void {
  const must = `${cannot} as ${name} must be one of ${
    choices.map((it) => shownValue(it)).join(", ")
  }`;
  assertArgument(value === undefined || choices.includes(value), must, value);
}

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When `value` isn't a whole number in `least`..`most`.
 */
export function assertWhole(
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
  assertArgument(
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
export function assertSignal(cannot: string, signal: unknown): void {
  assertArgument(
    signal === undefined ||
      typeof (signal as AbortSignal | null)?.aborted === "boolean",
    `${cannot} as signal must be an AbortSignal`,
    signal,
  );
}

/**
 * @param cannot What was to be done.
 * @param names Those that there are; any unless given.
 * @throws {ArgumentError} When `options` aren't an object, but a number that was meant
 * for one of them, say; or when they have one that there isn't, which would do nothing.
 */
export function assertOptions(
  cannot: string,
  options: unknown,
  names?: Readonly<Record<string, true>>,
): void {
  assertArgument(
    typeof options === "object" && options !== null,
    `${cannot} as options must be an object`,
    options,
  );
  if (names !== undefined) {
    assertNames(`${cannot} as there is no option`, options as object, names);
  }
}

/**
 * @param hasNo What can't be done as what has no such property: "smooth labels as
 * smoothing has no".
 * @throws {ArgumentError} When `object` has a property that isn't one of `names`.
 */
export function assertNames(
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
export function assertFunctions<T extends object>(
  cannot: string,
  options: T,
  names: readonly (keyof T & string)[],
): void {
  for (const name of names) {
    assertArgument(
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
export function assertLabels(cannot: string, labels: unknown): void {
  assertArgument(
    Array.isArray(labels) && labels.every((it) => typeof it === "string"),
    `${cannot} as labels must be an array of texts`,
    labels,
  );
}

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When `images` are nothing to be gone through one by one.
 */
export function assertIterable(
  cannot: string,
  images: unknown,
  name = "images",
): void {
  assertArgument(
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
export function assertBytes(cannot: string, bytes: unknown): void {
  const must = `${cannot} as the file must be given as a Uint8Array`;
  assertArgument(bytes instanceof Uint8Array, must, bytes);
}

/** Whether `value` may have properties. */
export function isObject(value: unknown): boolean {
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
