/**
 * A command's options on its command line.
 *
 * Not `node:util`'s `parseArgs`: in Deno the first import of a `node:` module takes
 * 20 ms and 5 MB, of the 300 ms and 85 MB that a photo's answer shall take in all.
 *
 * @module
 */
import { didYouMean } from "../text/did_you_mean.ts";

/** What an option takes: nothing, and it is false unless given; or text. */
export type Option =
  | { readonly type: "boolean" }
  | { readonly type: "string"; readonly default?: string }
  | { readonly type: "strings"; readonly default: readonly string[] };

/** The value of each option. */
export type Values<T extends Readonly<Record<string, Option>>> = {
  [Name in keyof T]: T[Name] extends { type: "boolean" } ? boolean
    : T[Name] extends { type: "strings" } ? readonly string[]
    : T[Name] extends { default: string } ? string
    : string | undefined;
};

/**
 * Reads `--name value`, `--name=value` and `--name`, among arguments of other kinds,
 * up to `--`. Only of `"strings"` there may be several.
 *
 * @throws {TypeError} When an option is unknown, given twice, lacks its value or takes
 * none.
 */
export function parseOptions<T extends Readonly<Record<string, Option>>>(
  args: readonly string[],
  options: T,
): { readonly values: Values<T>; readonly positionals: readonly string[] } {
  const values: Record<string, boolean | string | undefined> = {};
  const lists: Record<string, string[]> = {};
  for (const [name, option] of Object.entries(options)) {
    if (option.type === "boolean") values[name] = false;
    else if (option.type === "string") values[name] = option.default;
    else lists[name] = [];
  }
  const given = new Set<string>();
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
    const [, name, inline] = arg.match(/^--([^=]*)(?:=(.*))?$/s) ?? [];
    if (name === undefined || !Object.hasOwn(options, name)) {
      const unknown = arg.replace(/=.*/s, "");
      const names = Object.keys(options).map((it) => `--${it}`);
      const hint = didYouMean(unknown.replace(/^-(?=[^-])/, "--"), names);
      throw new TypeError(`Unknown option ${unknown}${hint}`);
    }
    const { type } = options[name]!;
    if (type === "boolean") {
      if (inline !== undefined) {
        throw new TypeError(
          `Cannot use --${name}=${inline} as it takes no value`,
        );
      }
      values[name] = true;
      continue;
    }
    const value = inline ?? args[++i];
    // An option where a value should be means that this one was forgotten.
    if (value === undefined || (inline === undefined && /^-./s.test(value))) {
      throw new TypeError(
        `Cannot use --${name} as its value is missing: a value that begins with - is given as --${name}=VALUE`,
      );
    }
    if (type === "strings") {
      lists[name]!.push(value);
      continue;
    }
    if (given.has(name)) {
      throw new TypeError(
        `Cannot use --${name} ${value} as it is given already: ${values[name]}`,
      );
    }
    given.add(name);
    values[name] = value;
  }
  for (const [name, option] of Object.entries(options)) {
    if (option.type !== "strings" || lists[name]!.length > 0) continue;
    lists[name]!.push(...option.default);
  }
  return { values: { ...values, ...lists } as Values<T>, positionals };
}
