/**
 * Checks arguments of callers, which may come from JavaScript, settings files and forms.
 *
 * Each check is passed the action that would fail, such as `"resize an image"`. It throws
 * an {@linkcode ArgumentError} that states the action, the argument's name, the
 * requirement and the value: "Cannot resize an image as size must be ...".
 *
 * @module
 */
import { didYouMean } from "./text/did_you_mean.ts";
import { ArgumentError } from "./errors.ts";

/** The names of all options in `T`. The compiler checks that none is missing. */
export type OptionNames<T> = Readonly<Record<keyof T, unknown>>;

/** @param rule The action and the requirement: `"give top classes as top must be >= 1"`. */
export function assertArgument(
  holds: boolean,
  rule: string,
  value: unknown,
): void {
  if (holds) return;
  throw new ArgumentError(
    `Cannot ${rule}: current value is ${displayValue(value)}`,
  );
}

/** @throws {ArgumentError} When `value` is neither undefined nor one of `choices`. */
export function assertChoice(
  action: string,
  name: string,
  value: unknown,
  choices: readonly unknown[],
): void {
  const rule = `${action} as ${name} must be one of ${
    choices.map((it) => displayValue(it)).join(", ")
  }`;
  assertArgument(value === undefined || choices.includes(value), rule, value);
}

/** @throws {ArgumentError} When `value` isn't a whole number in `least`..`most`. */
export function assertWhole(
  action: string,
  name: string,
  value: unknown,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): void {
  const range = most === Number.MAX_SAFE_INTEGER
    ? `>= ${least}`
    : `in ${least}..${most}`;
  const rule = `${action} as ${name} must be a whole number ${range}`;
  const isValid = Number.isSafeInteger(value) && least <= Number(value) &&
    Number(value) <= most;
  assertArgument(isValid, rule, value);
}

export function isNumber(
  value: unknown,
  isValid: (value: number) => boolean,
): value is number {
  return typeof value === "number" && isValid(value);
}

/** @throws {ArgumentError} When `signal` is neither undefined nor an `AbortSignal`. */
export function assertSignal(action: string, signal: unknown): void {
  const rule = `${action} as signal must be an AbortSignal`;
  const isValid = signal === undefined ||
    typeof (signal as AbortSignal | null)?.aborted === "boolean";
  assertArgument(isValid, rule, signal);
}

/**
 * @param names The valid options; any by default.
 * @throws {ArgumentError} When `options` isn't an object, or has an unknown option.
 */
export function assertOptions(
  action: string,
  options: unknown,
  names?: Readonly<Record<string, unknown>>,
): void {
  const rule = `${action} as options must be an object`;
  assertArgument(isObject(options), rule, options);
  if (names !== undefined) {
    assertNames(`${action} as there is no option`, options as object, names);
  }
}

/**
 * @param hasNo The action and the object without the property:
 * `"smooth labels as it has no"`.
 */
export function assertNames(
  hasNo: string,
  object: object,
  names: Readonly<Record<string, unknown>>,
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

export function pickOptions<T extends object, K extends keyof T>(
  options: T,
  names: Readonly<Record<K, unknown>>,
): Pick<T, K> {
  const picked = Object.entries(options)
    .filter(([name]) => Object.hasOwn(names, name));
  return Object.fromEntries(picked) as Pick<T, K>;
}

/** @throws {ArgumentError} When an option in `names` is set but isn't a function. */
export function assertFunctions<T extends object>(
  action: string,
  options: T,
  names: readonly (keyof T & string)[],
): void {
  for (const name of names) {
    const value = options[name];
    const isValid = value === undefined || typeof value === "function";
    assertArgument(isValid, `${action} as ${name} must be a function`, value);
  }
}

/** @throws {ArgumentError} When `labels` isn't an array of texts. */
export function assertLabels(action: string, labels: unknown): void {
  const rule = `${action} as labels must be an array of texts`;
  const isValid = Array.isArray(labels) &&
    labels.every((it) => typeof it === "string");
  assertArgument(isValid, rule, labels);
}

/** @throws {ArgumentError} When `images` isn't iterable. */
export function assertIterable(
  action: string,
  images: unknown,
  name = "images",
): void {
  assertArgument(
    isObject(images) && !ArrayBuffer.isView(images) &&
      (Symbol.iterator in images || Symbol.asyncIterator in images),
    `${action} as ${name} must be an array or another iterable, asynchronous or not`,
    images,
  );
}

/** @throws {ArgumentError} When the bytes of a file aren't a `Uint8Array`. */
export function assertBytes(action: string, bytes: unknown): void {
  const rule = `${action} as the file must be given as a Uint8Array`;
  assertArgument(bytes instanceof Uint8Array, rule, bytes);
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** A value for messages: strings in quotes, objects by class name. */
export function displayValue(value: unknown): string {
  if (typeof value === "string") {
    const text = value.length > 40 ? `${value.slice(0, 40)}…` : value;
    return JSON.stringify(text);
  }
  if (typeof value === "function") return "a function";
  if (!isObject(value)) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Promise) return "a Promise (await it)";
  const name = value.constructor?.name || "Object";
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}
