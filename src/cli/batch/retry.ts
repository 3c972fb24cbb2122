import { counted } from "../../text/numbers.ts";
import { shellWord } from "../../text/shell_word.ts";
import { type Command, parseOne } from "../command.ts";
import { openQueuedRun, requiredQueue } from "./queue_options.ts";

/** `totem batch retry` */
export const retry: Command = {
  summary: "Try failed shards again",
  help: `\
Usage: totem batch retry RUN --queue URL

Puts the failed shards of a run into its queue again, each with three tries.
totem batch status RUN --queue URL shows which they are, and why they failed.

Options:
  --queue URL        Where the queue is: redis://, rediss:// or postgres://HOST

Example:
  totem batch retry run --queue redis://10.0.0.5`,
  async run(args, io) {
    const action = "try the failed shards of a batch run again";
    const { argument: run, queue: address } = parseOne(args, action, "RUN", {
      queue: requiredQueue,
    });
    await using it = await openQueuedRun(action, run, address);
    const shards = await it.queue.retry();
    const { isPaused } = await it.queue.counts();
    io.print(
      `${io.paint("bold", run)}: ${
        counted(shards, "failed shard")
      } in the queue again`,
    );
    if (isPaused) {
      io.tellWarning(
        `the run is cancelled: totem batch plan CORPUS --out ${
          shellWord(run)
        } --queue URL continues it`,
      );
    }
    return 0;
  },
};
