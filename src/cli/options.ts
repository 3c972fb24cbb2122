/**
 * A command's options on its command line.
 *
 * Not `node:util`'s `parseArgs`: in Deno the first import of a `node:` module takes
 * 20 ms and 5 MB, of the 300 ms and 85 MB that a photo's answer shall take in all.
 *
 * @module
 */
import { didYouMean } from "../text/did_you_mean.ts";
import { TotemError } from "../errors.ts";

/** Wrong arguments: the exit code is 2. */
export class UsageError extends TotemError {
  /** The class's name. */
  override readonly name = "UsageError";
  /** The cause, stable across versions. */
  readonly code = "usage";
}

/** An option of the command line. */
export interface Option<T = unknown> {
  /** Its value where it isn't given. */
  readonly absent: T;
  /**
   * The value of `text`; unless given, the option takes no text and is true.
   *
   * @throws {UsageError} When the option called `name` doesn't take it.
   */
  readonly read?: (text: string, name: string) => T;
  /** Whether it may be given several times: the values are lists, and are joined. */
  readonly repeats?: boolean;
  /** A letter or digit that stands for its name after one dash: `"0"`. */
  readonly short?: string;
  /** What it takes, for people, where it must be given: `"FILE"`. */
  readonly required?: string;
  /** An option that must be given with it. */
  readonly needs?: string;
  /** Options that can't be given with it. */
  readonly excludes?: readonly string[];
}

/** The options of a command, by name. */
export type Options = Readonly<Record<string, Option>>;

/** The options of every command. `main()` follows them: no command sees their values. */
const COMMON: Options = { quiet: { absent: false, short: "q" } };

/** Whether arguments have `--quiet`, which can't be the value of another option. */
export function asksQuiet(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? args.length : end)
    .some((it) => it === "--quiet" || it === "-q");
}

/** The value of each option. */
export type Values<T extends Options> = {
  [Name in keyof T]: T[Name] extends Option<infer Value> ? Value : never;
};

/**
 * Reads `--name value`, `--name=value`, `--name` and `-n` among other arguments, up to
 * `--`. {@linkcode COMMON} options are read and left out.
 *
 * @throws {UsageError}
 */
export function parseOptions<T extends Options>(
  args: readonly string[],
  own: T,
): { readonly values: Values<T>; readonly positionals: readonly string[] } {
  const options: Options = { ...COMMON, ...own };
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(options)) values[name] = options[name]!.absent;
  const given = new Map<string, string>();
  const positionals: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") {
      positionals.push(...args.slice(i + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      positionals.push(arg);
      continue;
    }
    const [, name = nameOf(arg, options), inline] =
      arg.match(/^--([^=]*)(?:=(.*))?$/s) ?? [];
    if (name === undefined || !Object.hasOwn(options, name)) {
      const unknown = arg.replace(/=.*/s, "");
      const names = Object.keys(options).map((it) => `--${it}`);
      const hint = didYouMean(unknown.replace(/^-(?=[^-])/, "--"), names);
      throw new UsageError(`Unknown option ${unknown}${hint}`);
    }
    const { read, repeats } = options[name]!;
    if (read === undefined) {
      if (inline !== undefined) {
        throw new UsageError(`Cannot use ${arg} as it takes no value`);
      }
      values[name] = true;
      continue;
    }
    const text = inline ?? args[++i];
    // An option where a value should be means that this one was forgotten. No option
    // begins with a digit: `--scale -1..1`.
    const isMissing = text === undefined ||
      (inline === undefined &&
        (/^-\D/.test(text) || nameOf(text, options) !== undefined));
    if (isMissing) {
      throw new UsageError(
        text === undefined
          ? `Cannot use --${name} as its value is missing`
          : `Cannot use --${name} as its value is missing: ${text} follows. Write --${name}=${text} if that is the value`,
      );
    }
    const before = given.get(name);
    if (before !== undefined && !repeats) {
      throw new UsageError(
        `Cannot use --${name} twice: ${before} and ${text} are given`,
      );
    }
    given.set(name, text);
    const value = read(text, name);
    values[name] = repeats && before !== undefined
      ? [...values[name] as unknown[], ...value as unknown[]]
      : value;
  }
  for (const name of given.keys()) assertFits(name, options[name]!, given);
  for (const name of Object.keys(COMMON)) delete values[name];
  return { values: values as Values<T>, positionals };
}

/** The name of the option that `-n` stands for. */
function nameOf(arg: string, options: Options): string | undefined {
  return Object.keys(options).find((name) => {
    const { short } = options[name]!;
    return short !== undefined && arg === `-${short}`;
  });
}

/** @throws {UsageError} When the option `name` lacks another, or one excludes it. */
function assertFits(
  name: string,
  { needs, excludes }: Option,
  given: ReadonlyMap<string, string>,
): void {
  if (needs !== undefined && !given.has(needs)) {
    throw new UsageError(`Cannot use --${name} without --${needs}`);
  }
  const other = excludes?.find((it) => given.has(it));
  if (other === undefined) return;
  throw new UsageError(`Cannot use --${name} with --${other}`);
}
