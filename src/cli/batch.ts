import { didYouMean } from "../text/did_you_mean.ts";
import type { Command, Commands } from "./command.ts";
import { UsageError } from "./options.ts";

const IN_DENO = typeof Deno !== "undefined";

/**
 * Each command is loaded on first use. Deno loads the modules of literal imports before
 * it starts, which would cost every command 5 ms and 2 MB. Bundlers follow both branches.
 */
const COMMANDS: Commands = {
  plan: async () =>
    (await import(IN_DENO ? "./batch/plan.ts" : "./batch/plan.ts")).plan,
  work: async () =>
    (await import(IN_DENO ? "./batch/work.ts" : "./batch/work.ts")).work,
  status: async () =>
    (await import(IN_DENO ? "./batch/status.ts" : "./batch/status.ts")).status,
  retry: async () =>
    (await import(IN_DENO ? "./batch/retry.ts" : "./batch/retry.ts")).retry,
  cancel: async () =>
    (await import(IN_DENO ? "./batch/cancel.ts" : "./batch/cancel.ts")).cancel,
};

/** `totem batch` */
export const batch: Command = {
  summary: "Run millions of images in shards, on any number of machines",
  help: `\
Usage: totem batch COMMAND [options] [arguments]

Runs millions of images in shards. A plan splits a corpus of images into lists.
Workers write one result per list; a shard with a result is done. Any number of
workers on any number of machines can work on a run, and can be stopped and
restarted at any time.

Commands:
  plan CORPUS --out RUN    Split a folder, a list or a bucket into shards
  work RUN                 Run the shards that have no result yet
  status RUN               Show the progress of a run
  retry RUN --queue URL    Retry failed shards
  cancel RUN --queue URL   Stop a run and keep its results

Run totem help batch COMMAND for the options of a command.

Example:
  totem batch plan photos/ --out run
  totem batch work run`,
  commands: COMMANDS,
  run([name]) {
    const names = Object.keys(COMMANDS);
    throw new UsageError(
      name === undefined
        ? `Cannot run totem batch without one of its commands: ${
          names.join(", ")
        }`
        : `Unknown command "batch ${name}"${
          didYouMean(name, names) || `. Should be one of: ${names.join(", ")}`
        }`,
    );
  },
};
