/**
 * What a command is, and how its arguments are read.
 *
 * @module
 */
import { MAX_THREADS } from "../backends/simd/max_threads.ts";
import { ArgumentError, TotemError } from "../errors.ts";
import { MIN_SIZE, type Variant } from "../model/inception_v3.ts";
import { MAX_SIDE } from "../weights/limits.ts";
import { type Option, parseOptions } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** One command of the CLI. */
export interface Command {
  /** What it does, in a line. */
  readonly summary: string;
  /** What `--help` shows, with an example. */
  readonly help: string;
  /**
   * Does it.
   *
   * @param terminal What it reads and writes, besides files.
   * @returns The exit code: 0, or 1 where something failed.
   * @throws {UsageError} When the arguments are wrong.
   */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** Wrong arguments: the exit code is 2. */
export class UsageError extends TotemError {
  /** The class's name. */
  override readonly name = "UsageError";
  /** The cause, stable across versions. */
  readonly code = "usage";
}

/**
 * A command's options and its other arguments.
 *
 * @throws {UsageError} As {@linkcode parseOptions} says.
 */
export function parse<const T extends Readonly<Record<string, Option>>>(
  args: readonly string[],
  options: T,
): ReturnType<typeof parseOptions<T>> {
  try {
    return parseOptions(args, options);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

/** `text` as a whole number of at least `min`, and at most `max`. */
export function parseCount(
  option: string,
  text: string,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= min && count <= max) return count;
  throw new UsageError(
    `Cannot use --${option} ${text} as it must be a whole number ${
      max < Number.MAX_SAFE_INTEGER ? `in ${min}..${max}` : `>= ${min}`
    }`,
  );
}

/** `text` as a number of threads, or `"auto"`. */
export function parseThreads(text: string): number | "auto" {
  if (text === "auto") return text;
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= MAX_THREADS) return count;
  throw new UsageError(
    `Cannot use --threads ${text} as it must be auto or a whole number in 1..${MAX_THREADS}`,
  );
}

/** What `make` makes of options; a value out of its range is wrong usage. */
export function makeOf<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof ArgumentError) throw new UsageError(error.message);
    throw error;
  }
}

/** `text` as a part of a whole, >= 0 and < 1. */
export function parsePart(option: string, text: string): number {
  const part = Number(text);
  if (text.trim() !== "" && part >= 0 && part < 1) return part;
  throw new UsageError(
    `Cannot use --${option} ${text} as it must be a number >= 0 and < 1`,
  );
}

/** `text` as one of `choices`. */
export function parseChoice<const T extends string>(
  option: string,
  text: string,
  choices: readonly T[],
): T {
  if ((choices as readonly string[]).includes(text)) return text as T;
  throw new UsageError(
    `Cannot use --${option} ${text}. Should be one of: ${choices.join(", ")}`,
  );
}

/** `text` as the name of a variant or a size in pixels, at most `max`. */
export function parseVariant(text: string, max = Infinity): Variant {
  if (text === "full" || text === "low151" || text === "low79") return text;
  if (/^\d+$/.test(text) && Number(text) >= MIN_SIZE) return Number(text);
  throw new UsageError(
    `Cannot use --variant ${text}. Should be one of: full, low151, low79, or a size in pixels ${
      max < Infinity ? `in ${MIN_SIZE}..${max}` : `>= ${MIN_SIZE}`
    }`,
  );
}

/** As {@linkcode parseVariant}, where the option may be left out. */
export function parseAsked(text: string | undefined): Variant | undefined {
  return text === undefined ? undefined : parseVariant(text);
}

/** As {@linkcode parseAsked}, of what a file is to be for. */
export function parseKept(text: string | undefined): Variant | undefined {
  if (text === undefined) return undefined;
  const variant = parseVariant(text, MAX_SIDE);
  if (typeof variant !== "number" || variant <= MAX_SIDE) return variant;
  throw new UsageError(
    `Cannot use --variant ${text} as files are for <= ${MAX_SIDE} pixels a side`,
  );
}

/**
 * The one argument of `command` that isn't an option.
 *
 * @throws {UsageError} When there is none, or more.
 */
export function assertOnePositional(
  positionals: readonly string[],
  command: string,
  name: string,
): string {
  const [argument, ...others] = positionals;
  if (argument !== undefined && others.length === 0) return argument;
  throw new UsageError(`Cannot ${command} as one ${name} must be given`);
}

/** @throws {UsageError} When there are arguments that aren't options. */
export function assertNoPositionals(positionals: readonly string[]): void {
  if (positionals.length === 0) return;
  throw new UsageError(`Cannot use the argument ${positionals[0]}`);
}
