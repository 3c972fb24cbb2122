/**
 * Parses the options of a command.
 *
 * Doesn't use `parseArgs` from `node:util`: in Deno, the first import of a `node:` module
 * takes 20 ms and 5 MB. The budget for classifying a photo is 300 ms and 85 MB in total.
 *
 * @module
 */
import { didYouMean } from "../text/did_you_mean.ts";
import { TotemError } from "../errors.ts";

/** Wrong arguments, with exit code 2. */
export class UsageError extends TotemError {
  /** The class's name. */
  override readonly name = "UsageError";
  /** The cause, stable across versions. */
  readonly code = "usage";
}

/** An option of the command line. */
export interface Option<T = unknown> {
  /** The default value. */
  readonly absent: T;
  /**
   * Converts the option's text to its value. Without this function, the option is a flag.
   *
   * @throws {UsageError} When the text isn't valid for the option called `name`.
   */
  readonly read?: (text: string, name: string) => T;
  /**
   * Whether it may be given several times. The values are lists, which are concatenated.
   */
  readonly repeats?: boolean;
  /** A letter or digit that is short for its name, after a single dash: `"0"`. */
  readonly short?: string;
  /** Set if the option is required: names its value for people, such as `"FILE"`. */
  readonly required?: string;
  /** Another option that it requires. */
  readonly needs?: string;
  /** Options that it can't be combined with. */
  readonly excludes?: readonly string[];
}

/** The options of a command, by name. */
export type Options = Readonly<Record<string, Option>>;

/** The options of every command. `main()` handles them; commands don't see their values. */
const COMMON: Options = { quiet: { absent: false, short: "q" } };

/** Whether the arguments contain `--quiet`, which can't be the value of another option. */
export function asksQuiet(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? args.length : end)
    .some((it) => it === "--quiet" || it === "-q");
}

/** Whether an argument with a single dash can only be a file, such as `-1.jpg`. */
function isFileName(arg: string): boolean {
  return /^-[^-=]*\.\w+$/.test(arg);
}

/** The value of each option. */
export type Values<T extends Options> = {
  [Name in keyof T]: T[Name] extends Option<infer Value> ? Value : never;
};

/**
 * Parses `--name value`, `--name=value`, `--name` and `-n`, and other arguments. Options
 * end at `--`. {@linkcode COMMON} options are parsed and left out of the result.
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
      const names = [...Object.keys(options), "help", "help-all"];
      const hint = isFileName(arg)
        ? `: for a file, write ./${arg}`
        : didYouMean(
          unknown.replace(/^-(?=[^-])/, "--"),
          names.map((it) => `--${it}`),
        );
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
    // If the value looks like an option, the real value was forgotten. No option begins
    // with a digit: `--scale -1..1`.
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

/** The name of the option with the short form `-n`. */
function nameOf(arg: string, options: Options): string | undefined {
  return Object.keys(options).find((name) => {
    const { short } = options[name]!;
    return short !== undefined && arg === `-${short}`;
  });
}

/**
 * @throws {UsageError} When the option `name` requires a missing one, or excludes
 * another.
 */
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
