import {
  type Options,
  parseOptions,
  UsageError,
  type Values,
} from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** One command of the CLI. */
export interface Command {
  /** A one-line summary. */
  readonly summary: string;
  /** The text for `--help`, with an example. */
  readonly help: string;
  /** Subcommands by name, each loaded on first use. */
  readonly commands?: Commands;
  /**
   * @param io The terminal, for all input and output except files.
   * @returns The exit code: 0, or 1 if something failed.
   * @throws {UsageError} When the arguments are wrong.
   */
  run(args: readonly string[], io: Terminal): Promise<number>;
}

/** Commands by name. */
export type Commands = Readonly<Record<string, () => Promise<Command>>>;

/**
 * Parses the options of a command that takes exactly one other argument.
 *
 * @param command The command's name.
 * @param argument The other argument's name: `"FILE"`.
 * @throws {UsageError} When the argument is missing or there are several, when a required
 * option is missing, or as {@linkcode parseOptions} says.
 */
export function parseOne<T extends Options>(
  args: readonly string[],
  command: string,
  argument: string,
  options: T,
): Values<T> & { readonly argument: string } {
  const { values, positionals } = parseOptions(args, options);
  const [first, ...others] = positionals;
  if (first === undefined || others.length > 0) {
    const a = argument === "IMAGE" ? "an" : "a"; // The only one that starts with a vowel.
    throw new UsageError(
      first === undefined
        ? `Cannot ${command} without ${a} ${argument}`
        : `Cannot ${command} with ${positionals.length} arguments, ${
          positionals.join(" and ")
        }: give one ${argument}`,
    );
  }
  for (const [name, { required }] of Object.entries(options)) {
    if (required === undefined || values[name] !== undefined) continue;
    throw new UsageError(
      `Cannot ${command} without --${name} ${required}`,
    );
  }
  return { ...values, argument: first };
}

/**
 * Parses the options of a command that takes no other arguments.
 *
 * @throws {UsageError} When there are other arguments, or as {@linkcode parseOptions}
 * says.
 */
export function parseNone<T extends Options>(
  args: readonly string[],
  options: T,
): Values<T> {
  const { values, positionals } = parseOptions(args, options);
  if (positionals.length === 0) return values;
  throw new UsageError(
    `Unexpected argument ${positionals[0]}: this command takes only options`,
  );
}
