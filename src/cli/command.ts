import {
  type Options,
  parseOptions,
  UsageError,
  type Values,
} from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** One command of the CLI. */
export interface Command {
  /** What it does, in a line. */
  readonly summary: string;
  /** What `--help` shows, with an example. */
  readonly help: string;
  /** The commands below it, by name, each loaded when it is asked for. */
  readonly commands?: Commands;
  /**
   * @param io What it reads and writes, besides files.
   * @returns The exit code: 0, or 1 where something failed.
   * @throws {UsageError} When the arguments are wrong.
   */
  run(args: readonly string[], io: Terminal): Promise<number>;
}

/** Commands by name. */
export type Commands = Readonly<Record<string, () => Promise<Command>>>;

/**
 * The options of a command, and its one other argument.
 *
 * @param command Its name, and `argument` that of the other argument: `"FILE"`.
 * @throws {UsageError} When there is no such argument or more than one, a required
 * option isn't given, or as {@linkcode parseOptions} says.
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
    const a = argument === "IMAGE" ? "an" : "a"; // The only one with a vowel.
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
 * The options of a command that has no other arguments.
 *
 * @throws {UsageError} When there are others, or as {@linkcode parseOptions} says.
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
