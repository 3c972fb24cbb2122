/**
 * The command line: `deno run --allow-read jsr:@totem/inception/cli`, and `totem` in the
 * npm package.
 *
 * @module
 */
import type { Command, Commands } from "./cli/command.ts";
import { didYouMean } from "./text/did_you_mean.ts";
import { helpOn, QUIET_HELP, shortHelp, wholeHelp } from "./cli/help.ts";
import { explainSystemError, messageOf } from "./cli/file_error.ts";
import { BackendUnavailableError } from "./errors.ts";
import { asksQuiet, UsageError } from "./cli/options.ts";
import { Terminal } from "./cli/terminal.ts";
import { VERSION } from "./version.ts";
import {
  isBrokenPipe,
  isDenied,
  type Streams,
  system,
  useSystem,
} from "./cli/system.ts";

export type { OutputStream, Signal, Streams } from "./cli/system.ts";

const IN_DENO = typeof Deno !== "undefined";

/**
 * Each command is loaded on demand. The imports are literal, so that help needs no
 * permission and `deno compile` includes all commands. `deno task totem` and
 * `deno install` have a flag with which Deno only loads the modules of the command that
 * runs.
 */
const COMMANDS: Commands = {
  classify: async () => (await import("./cli/classify.ts")).classify,
  features: async () => (await import("./cli/features.ts")).features,
  explain: async () => (await import("./cli/explain.ts")).explain,
  index: async () => (await import("./cli/index_images.ts")).index,
  search: async () => (await import("./cli/search.ts")).search,
  batch: async () => (await import("./cli/batch.ts")).batch,
  serve: async () => (await import("./cli/serve.ts")).serve,
  evaluate: async () => (await import("./cli/evaluate.ts")).evaluate,
  inspect: async () => (await import("./cli/inspect.ts")).inspect,
  finetune: async () => (await import("./cli/finetune.ts")).finetune,
  adapt: async () => (await import("./cli/adapt.ts")).adapt,
  convert: async () => (await import("./cli/convert.ts")).convert,
  verify: async () => (await import("./cli/verify.ts")).verify,
  models: async () => (await import("./cli/models.ts")).models,
  pull: async () => (await import("./cli/pull.ts")).pull,
  doctor: async () => (await import("./cli/doctor.ts")).doctor,
};

/** Options that show help, and the one that shows the full help. */
const HELP: readonly string[] = ["--help", "-h"];
const HELP_ALL = "--help-all";

/** Commands by their names in other tools. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  predict: "classify",
  run: "classify",
  embed: "features",
  extract: "features",
  similar: "search",
  server: "serve",
  train: "finetune",
  teach: "finetune",
  test: "evaluate",
  quantize: "convert",
  export: "convert",
  check: "verify",
  list: "models",
  download: "pull",
};

/** The groups of commands in the help, keyed by their first command. */
const GROUPS: Readonly<Record<string, string>> = {
  classify: "Run a model",
  evaluate: "Measure a model",
  finetune: "Train a model",
  convert: "Manage models",
};

/**
 * Runs a command line.
 *
 * @param args The arguments after the program's name.
 * @param streams Its input, output (except files) and signals; the process's own unless
 * given.
 * @returns The exit code: 0, 1 if something failed, 2 for wrong usage, 130 after Ctrl-C.
 */
export async function main(
  args: readonly string[],
  streams?: Streams,
): Promise<number> {
  if (typeof Deno === "undefined") {
    useSystem(
      (await import(IN_DENO ? "./cli/node/system.ts" : "./cli/node/system.ts"))
        .nodeSystem,
    );
  }
  const io = new Terminal(streams ?? system);
  const [name, ...rest] = args[0] === "help"
    ? [args[1] ?? "--help", ...args.slice(2, 3), "--help"]
    : args;
  const named = args[0] === "help" ? args.slice(1) : args;
  const done = (text: string) => {
    io.print(...text.split("\n"));
    return 0;
  };
  try {
    if (name === "--version" || name === "-v") return done(VERSION);
    if (name === "help" || HELP.includes(name!) || name === HELP_ALL) {
      return done(await help());
    }
    if (name === undefined) {
      io.tell(...(await help()).split("\n"));
      return 2;
    }
    const { command, args: own } = await findCommand(name, rest);
    const asked = helpAsked(command, own);
    if (asked === HELP_ALL) return done(wholeHelp(command.help));
    if (asked !== null) {
      return done(shortHelp(command.help, (await namesOf(named)).join(" ")));
    }
    io.isQuiet = asksQuiet(own);
    return await command.run(own, io);
  } catch (error) {
    // The reader of the output has closed it.
    if (isBrokenPipe(error)) return 0;
    const [first, ...others] = await explain(io.streams, error, args);
    io.tell(`${io.paintMessage("red", "error")} ${first}`, ...others);
    if (!(error instanceof UsageError)) return 1;
    const names = await namesOf(named);
    const text = (await commandAt(names))?.help;
    io.tell(
      `See: ${
        text === undefined
          ? "totem help"
          : helpOn(first!, text, names.join(" "))
      }`,
    );
    return 2;
  }
}

/** Finds the command or subcommand of a command line, and its arguments. */
async function findCommand(
  name: string,
  args: readonly string[],
): Promise<{ readonly command: Command; readonly args: readonly string[] }> {
  if (!Object.hasOwn(COMMANDS, name)) {
    const names = Object.keys(COMMANDS);
    if (/[./\\]/.test(name)) {
      throw new UsageError(
        `Unknown command "${name}": to classify an image, run totem classify ${name}`,
      );
    }
    if (name.startsWith("-")) {
      const meant = didYouMean(name, ["--help", HELP_ALL, "--version"]);
      throw new UsageError(
        `Unknown option ${name}${meant || ": options follow the command"}`,
      );
    }
    throw new UsageError(
      `Unknown command "${name}"${
        didYouMean(name, [...names, "--version"]) ||
        otherNameHint(name) ||
        `. Should be one of: ${names.join(", ")}`
      }`,
    );
  }
  const command = await COMMANDS[name]!();
  const [below, ...rest] = args;
  const { commands = {} } = command;
  return below !== undefined && Object.hasOwn(commands, below)
    ? { command: await commands[below]!(), args: rest }
    : { command, args };
}

function otherNameHint(name: string): string {
  return Object.hasOwn(OTHER_NAMES, name)
    ? `: did you mean ${OTHER_NAMES[name]}?`
    : "";
}

/** The help option in a command's arguments, if any. */
function helpAsked(
  { commands }: Command,
  args: readonly string[],
): string | null {
  // The command rejects an unknown subcommand.
  if (commands !== undefined && /^[^-]/.test(args[0] ?? "")) return null;
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  return options.includes(HELP_ALL)
    ? HELP_ALL
    : options.find((it) => HELP.includes(it)) ?? null;
}

/** The names of a command line's command, as in `totem help`. */
async function namesOf(
  [name, below]: readonly string[],
): Promise<readonly string[]> {
  if (name === undefined || !Object.hasOwn(COMMANDS, name)) return [];
  const { commands = {} } = await COMMANDS[name]!();
  return below !== undefined && Object.hasOwn(commands, below)
    ? [name, below]
    : [name];
}

/** The command with these names, if any. */
async function commandAt(
  [name, below]: readonly string[],
): Promise<Command | undefined> {
  const command = name === undefined ? undefined : await COMMANDS[name]!();
  return below === undefined ? command : await command?.commands?.[below]?.();
}

async function help(): Promise<string> {
  const lines = Object.entries(COMMANDS).map(async ([name, load]) => {
    const group = GROUPS[name];
    const heading = group === undefined ? "" : `\n${group}:\n`;
    return `${heading}  ${name.padEnd(18)} ${(await load()).summary}`;
  });
  return `\
Usage: totem COMMAND [options] [arguments]

Runs, measures and trains Inception-v3 image classifiers.
${(await Promise.all(lines)).join("\n")}

Options:
  -h, --help         Show this help, or that of a command
  --help-all         Show all options of a command
  -v, --version      Show the version
${QUIET_HELP}

Exit codes:
  0                  Success, or the reader closed the output (| head)
  1                  Something failed: an image, a file, a model, a permission
  2                  The command line is wrong, and nothing was done
  130                Ctrl-C stopped the command

Run totem help COMMAND for the common options of a command, and
totem COMMAND --help-all for all of them.

Example:
  totem classify photo.jpg`;
}

/**
 * Explains an error of the command line `args`, as lines. Includes the stack only for
 * internal errors.
 */
async function explain(
  streams: Streams,
  error: unknown,
  args: readonly string[],
): Promise<readonly string[]> {
  if (!(error instanceof Error)) return [String(error)];
  if (isDenied(error)) {
    const { explainPermission } = await import("./cli/permission.ts");
    const lines = await explainPermission(streams, error, args);
    if (lines !== null) return lines;
  }
  const ofSystem = explainSystemError(error);
  if (ofSystem !== null) return [ofSystem];
  // The message has one line per backend.
  if (error instanceof BackendUnavailableError) {
    return error.message.split("\n");
  }
  // Totem's own errors and those of the file system have a code.
  const expected = "code" in error;
  return expected
    ? [messageOf(error)]
    : (error.stack ?? error.message).split("\n");
}

if (import.meta.main && typeof Deno !== "undefined") {
  Deno.exitCode = await main(Deno.args);
}
