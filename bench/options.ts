/**
 * Reads the options of a benchmark.
 *
 * @module
 */
import { parseArgs } from "node:util";

/** Positive integers, flags and strings, by option name. */
type Options = Readonly<Record<string, number | boolean | string>>;

type Values<T extends Options> = {
  readonly [Name in keyof T]: T[Name] extends number ? number
    : T[Name] extends boolean ? boolean
    : string;
};

/**
 * Parses the options on the command line. If they are wrong, or include `--help`, it
 * prints the task's usage and exits.
 *
 * @param task The name of the task in `deno.json`.
 * @param defaults The values of missing options.
 */
export function readOptions<T extends Options>(
  task: string,
  defaults: T,
): Values<T> {
  const { values, usage, error } = parseOptions(task, defaults, Deno.args);
  if (values !== undefined) return values;
  if (error === undefined) {
    console.log(usage);
    Deno.exit(0);
  }
  console.error(`${error}\n${usage}`);
  Deno.exit(2);
}

/**
 * Parses options. Without values, they are wrong, with an error that says how, or
 * include `--help`.
 */
export function parseOptions<T extends Options>(
  task: string,
  defaults: T,
  args: readonly string[],
): {
  readonly usage: string;
  readonly values?: Values<T>;
  readonly error?: string;
} {
  const options = Object.entries(defaults);
  const usage = [
    `Usage: deno task ${task}`,
    ...options.map(([name, value]) =>
      typeof value === "boolean"
        ? `[--${name}]`
        : `[--${name} ${value || "TEXT"}]`
    ),
  ].join(" ");
  try {
    const parsed = parseArgs({
      args: [...args],
      options: Object.fromEntries(
        [...options, ["help", false] as const].map(([name, value]) => [name, {
          type: typeof value === "boolean" ? "boolean" : "string",
        }]),
      ),
    });
    const given: Readonly<Record<string, unknown>> = parsed.values;
    if (given.help) return { usage };
    const values = Object.fromEntries(options.map(([name, value]) => {
      const text = given[name] ?? value;
      return [name, typeof value === "number" ? countOf(name, text) : text];
    })) as Values<T>;
    return { usage, values };
  } catch (error) {
    return { usage, error: (error as Error).message };
  }
}

function countOf(name: string, text: unknown): number {
  if (/^[1-9]\d*$/.test(`${text}`)) return Number(text);
  throw new Error(
    `Cannot use --${name} ${text} as it must be a whole number >= 1`,
  );
}
