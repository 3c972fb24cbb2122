/**
 * The command line: `deno run --allow-read jsr:@totem/inception/cli`.
 *
 * @module
 */
import { classify } from "./cli/classify.ts";
import { type Command, UsageError } from "./cli/command.ts";
import { convert } from "./cli/convert.ts";
import { doctor } from "./cli/doctor.ts";
import { features } from "./cli/features.ts";
import { inspect } from "./cli/inspect.ts";
import { models } from "./cli/models.ts";
import { pull } from "./cli/pull.ts";
import { verify } from "./cli/verify.ts";
import { paintMessage, print, tell } from "./cli/terminal.ts";
import config from "../deno.json" with { type: "json" };

const COMMANDS: Readonly<Record<string, Command>> = {
  classify,
  features,
  inspect,
  convert,
  verify,
  models,
  pull,
  doctor,
};

const HELP = `\
Usage: totem COMMAND [options] [arguments]

Runs Inception-v3 on images.

Commands:
${
  Object.entries(COMMANDS).map(([name, { summary }]) =>
    `  ${name.padEnd(18)} ${summary}`
  ).join("\n")
}

Options:
  --help             Show this, or the help of a command
  --version          Show the version

Example:
  totem classify examples/photos/cocker_spaniels.jpg`;

/**
 * Runs a command line.
 *
 * @param args What follows the program's name.
 * @returns The exit code: 0, 1 where something failed, 2 for wrong usage.
 */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === "--version") return done(config.version);
    if (name === "--help" || name === "-h") return done(HELP);
    if (name === undefined) throw new UsageError("Cannot start: no command");
    if (!Object.hasOwn(COMMANDS, name)) {
      throw new UsageError(
        `Unknown command "${name}". Should be one of: ${
          Object.keys(COMMANDS).join(", ")
        }`,
      );
    }
    const command = COMMANDS[name]!;
    const asksHelp = rest.includes("--help") || rest.includes("-h");
    return asksHelp ? done(command.help) : await command.run(rest);
  } catch (error) {
    // Who reads our results has read enough.
    if (error instanceof Deno.errors.BrokenPipe) return 0;
    tell(`${paintMessage("red", "error")} ${explain(error)}`);
    if (!(error instanceof UsageError)) return 1;
    tell(`See: totem ${name && COMMANDS[name] ? `${name} ` : ""}--help`);
    return 2;
  }
}

function done(text: string): number {
  print(text);
  return 0;
}

/** What a person can do about an error; the stack only where it is our fault. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const missing = error instanceof Deno.errors.NotCapable &&
    error.message.match(/^Requires (\w+) access to "?([^"]*?)"?,/);
  if (missing) {
    const [, kind, target] = missing;
    return `Cannot go on without ${kind} access to ${target}: run again with --allow-${kind}=${target}`;
  }
  // Totem's own errors and those of the file system have a code.
  const expected = "code" in error || error instanceof UsageError ||
    error instanceof RangeError;
  return expected ? error.message : error.stack ?? error.message;
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
