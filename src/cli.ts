/**
 * The command line: `deno run --allow-read jsr:@totem/inception/cli`, and `totem` of
 * the package for npm.
 *
 * @module
 */
import type { Command, Commands } from "./cli/command.ts";
import { didYouMean } from "./text/did_you_mean.ts";
import { explainSystemError, messageOf } from "./cli/file_error.ts";
import { BackendUnavailableError } from "./errors.ts";
import { UsageError } from "./cli/options.ts";
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
 * Each is loaded when it is asked for. The imports are literal, so that help needs no
 * permission and `deno install` and `deno compile` take all commands along. Deno reads
 * their modules before it starts: those that classify doesn't need cost 6 ms and 2 MB.
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
  convert: async () => (await import("./cli/convert.ts")).convert,
  finetune: async () => (await import("./cli/finetune.ts")).finetune,
  adapt: async () => (await import("./cli/adapt.ts")).adapt,
  verify: async () => (await import("./cli/verify.ts")).verify,
  models: async () => (await import("./cli/models.ts")).models,
  pull: async () => (await import("./cli/pull.ts")).pull,
  doctor: async () => (await import("./cli/doctor.ts")).doctor,
};

/**
 * Runs a command line.
 *
 * @param args What follows the program's name.
 * @param streams What it reads and writes besides files, and its signals; the
 * process's own unless given.
 * @returns The exit code: 0, 1 where something failed, 2 for wrong usage, 130 where
 * Ctrl-C ended it.
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
    ? [args[1] ?? "--help", ...args.slice(2), "--help"]
    : args;
  const done = (text: string) => {
    io.print(...text.split("\n"));
    return 0;
  };
  try {
    if (name === "--version" || name === "-v") return done(VERSION);
    if (name === "--help" || name === "-h" || name === "help") {
      return done(await help());
    }
    if (name === undefined) {
      io.tell(...(await help()).split("\n"));
      return 2;
    }
    const { command, args: own } = await findCommand(name, rest);
    const asksHelp = own.includes("--help") || own.includes("-h");
    return asksHelp ? done(command.help) : await command.run(own, io);
  } catch (error) {
    // The reader of our results has read enough.
    if (isBrokenPipe(error)) return 0;
    const [first, ...others] = await explain(io.streams, error, args);
    io.tell(`${io.paintMessage("red", "error")} ${first}`, ...others);
    if (!(error instanceof UsageError)) return 1;
    io.tell(`See: totem ${await namesOf(args)}--help`);
    return 2;
  }
}

/** The command of a command line, or the one below it, and what follows its name. */
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
    throw new UsageError(
      `Unknown command "${name}"${
        didYouMean(name, [...names, "--version"]) ||
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

/** The names of the command of a command line, as `--help` follows them. */
async function namesOf([name, below]: readonly string[]): Promise<string> {
  if (name === undefined || !Object.hasOwn(COMMANDS, name)) return "";
  const { commands = {} } = await COMMANDS[name]!();
  return below !== undefined && Object.hasOwn(commands, below)
    ? `${name} ${below} `
    : `${name} `;
}

async function help(): Promise<string> {
  const lines = Object.entries(COMMANDS).map(async ([name, load]) =>
    `  ${name.padEnd(18)} ${(await load()).summary}`
  );
  return `\
Usage: totem COMMAND [options] [arguments]

Runs Inception-v3 on images.

Commands:
${(await Promise.all(lines)).join("\n")}

Options:
  --help, -h         Show this, or the help of a command
  --version, -v      Show the version

Example:
  totem classify photo.jpg`;
}

/**
 * What a person can do about an error of the command line `args`, in lines; the stack
 * only where it is our fault.
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
  // It has a line for each backend.
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
