import { counted } from "../../text/numbers.ts";
import { shellWord } from "../../text/shell_word.ts";
import type { Command } from "../command.ts";
import { queueCommand } from "./queue_command.ts";

/** `totem batch retry` */
export const retry: Command = queueCommand({
  name: "retry",
  summary: "Retry failed shards",
  help: `\
Puts the failed shards of a run back into its queue, each with three tries.
totem batch status RUN --queue URL shows which shards failed and why.`,
  action: "try the failed shards of a batch run again",
  async change(queue, run, io) {
    const shards = await queue.retry();
    const { isPaused } = await queue.counts();
    io.print(
      `${io.paint("bold", run)}: ${
        counted(shards, "failed shard")
      } in the queue again`,
    );
    if (!isPaused) return;
    io.tellWarning(
      `the run is cancelled: totem batch plan CORPUS --out ${
        shellWord(run)
      } --queue URL continues it`,
    );
  },
});
