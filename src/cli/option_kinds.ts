import { MAX_THREADS } from "../backends/simd/thread_counts.ts";
import { MIN_SIZE, type Variant } from "../model/inception_options.ts";
import { MAX_SIDE } from "../weights/limits.ts";
import { type Option, UsageError } from "./options.ts";

/** An option without a value: false unless given. */
export const flag: Option<boolean> = { absent: false };

/** An option with any text. */
export function text<T extends string | undefined = undefined>(
  absent?: T,
): Option<string | T> {
  return { absent: absent as T, read: (text) => text };
}

/** An option with any text, which is required. `what` names it for people: `"FILE"`. */
export function requiredText(what: string): Option<string> {
  // `parseOne()` rejects a missing value.
  const absent = undefined as unknown as string;
  return { absent, required: what, read: (text) => text };
}

/** Like {@linkcode requiredText}, for an option that may be given several times. */
export function requiredTexts(what: string): Option<readonly string[]> {
  const absent = undefined as unknown as readonly string[];
  return { ...texts(), absent, required: what };
}

/** Any texts, for an option that may be given several times. */
export function texts(...absent: readonly string[]): Option<readonly string[]> {
  return { absent, repeats: true, read: (text) => [text] };
}

/** A whole number in `min`..`max`. */
export function count<T extends number | undefined>(
  absent: T,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): Option<number | T> {
  return {
    absent,
    read(text, name) {
      const count = Number(text);
      if (/^\d+$/.test(text) && count >= min && count <= max) return count;
      throw new UsageError(
        `Cannot use --${name} ${text} as it must be a whole number ${
          max < Number.MAX_SAFE_INTEGER ? `in ${min}..${max}` : `>= ${min}`
        }`,
      );
    },
  };
}

/** The number of bytes in each unit, by lower-case name. */
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** A whole number of bytes, at least 1, optionally with a unit such as MB or MiB. */
export function bytes<T extends number | undefined>(
  absent: T,
): Option<number | T> {
  return {
    absent,
    read(text, name) {
      const [, number, unit] = text.match(/^(\d+(?:\.\d+)?) ?([a-z]*)$/i) ?? [];
      const size = Number(number) * (UNITS[unit?.toLowerCase() ?? ""] ?? NaN);
      // 1.1 GB isn't exact in floating point.
      const whole = Math.round(size);
      const isWhole = Math.abs(whole - size) < 1e-6 * size;
      if (isWhole && whole >= 1 && Number.isSafeInteger(whole)) return whole;
      throw new UsageError(
        `Cannot use --${name} ${text} as it must be a number of bytes >= 1, such as 400000000, 400MB or 1GiB`,
      );
    },
  };
}

/**
 * A number that satisfies `accepts`.
 *
 * @param range The accepted numbers, for people: `"> 0"`.
 * @param hint A suggestion for a wrong number, appended to the error.
 */
export function number<T extends number | undefined>(
  absent: T,
  range: string,
  accepts: (value: number) => boolean,
  hint: (value: number) => string = () => "",
): Option<number | T> {
  return {
    absent,
    read(text, name) {
      const value = Number(text);
      if (text.trim() !== "" && accepts(value)) return value;
      throw new UsageError(
        `Cannot use --${name} ${text} as it must be a number ${range}${
          hint(value)
        }`,
      );
    },
  };
}

/** A fraction, >= 0 and < 1. */
export function part<T extends number | undefined>(
  absent: T,
): Option<number | T> {
  return number(absent, ">= 0 and < 1", (it) => it >= 0 && it < 1);
}

/** The minimum probability, 0..1. */
export function threshold(): Option<number | undefined> {
  const accepts = (it: number) => it >= 0 && it <= 1;
  return number(
    undefined,
    "from 0 to 1",
    accepts,
    (it) => it > 1 && it <= 100 ? `: did you mean ${it / 100}?` : "",
  );
}

/** One of `choices`. */
export function choice<
  const T extends string,
  A extends NoInfer<T> | undefined,
>(
  absent: A,
  choices: readonly T[],
): Option<T | A> {
  return {
    absent,
    read(text, name) {
      const found = choices.find((it) => it === text);
      if (found !== undefined) return found;
      throw new UsageError(
        `Cannot use --${name} ${text}. Should be one of: ${choices.join(", ")}`,
      );
    },
  };
}

/** A number of threads, or `"auto"`. */
export const threads: Option<number | "auto"> = {
  absent: "auto",
  read(text) {
    const count = Number(text);
    if (text === "auto") return text;
    if (/^\d+$/.test(text) && count >= 1 && count <= MAX_THREADS) return count;
    throw new UsageError(
      `Cannot use --threads ${text} as it must be auto or a whole number in 1..${MAX_THREADS}`,
    );
  },
};

/** The name of a variant, or a size in pixels. */
export function variant<T extends Variant | undefined = undefined>(
  absent?: T,
): Option<Variant | T> {
  return { absent: absent as T, read: (text) => readVariant(text) };
}

/** A comma-separated list of different variants. */
export const variants: Option<readonly (Variant | undefined)[]> = {
  absent: [undefined],
  read(text) {
    const variants = text.split(",").map((it) => readVariant(it));
    const twice = variants.find((it, i) => variants.indexOf(it) < i);
    if (twice === undefined) return variants;
    throw new UsageError(
      `Cannot use --variant ${text} as it names ${twice} twice`,
    );
  },
};

/** The variant for which to write a file. */
export const fileVariant: Option<Variant | undefined> = {
  absent: undefined,
  read(text) {
    const variant = readVariant(text, MAX_SIDE);
    if (typeof variant !== "number" || variant <= MAX_SIDE) return variant;
    throw new UsageError(
      `Cannot use --variant ${text} as files are for <= ${MAX_SIDE} pixels a side`,
    );
  },
};

function readVariant(text: string, max = Infinity): Variant {
  if (text === "full" || text === "low151" || text === "low79") return text;
  if (/^\d+$/.test(text) && Number(text) >= MIN_SIZE) return Number(text);
  throw new UsageError(
    `Cannot use --variant ${text}. Should be one of: full, low151, low79, or a size in pixels ${
      max < Infinity ? `in ${MIN_SIZE}..${max}` : `>= ${MIN_SIZE}`
    }`,
  );
}
