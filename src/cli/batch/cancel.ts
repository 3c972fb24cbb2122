import { counted } from "../../text/numbers.ts";
import type { Command } from "../command.ts";
import { queueCommand } from "./queue_command.ts";

/** `totem batch cancel` */
export const cancel: Command = queueCommand({
  name: "cancel",
  summary: "Stop a batch run and keep its results",
  help: `\
Removes all shards of a run from its queue. Workers finish their current shard
and then wait. Results are kept. totem batch plan with the same options
continues the run.`,
  action: "cancel a batch run",
  async change(queue, run, io) {
    const shards = await queue.cancel();
    const { active } = await queue.counts();
    const rest = active === 0
      ? ""
      : `, ${counted(active, "shard")} still being done`;
    io.print(
      `${io.paint("bold", run)}: cancelled, ${
        counted(shards, "shard")
      } taken out of the queue${rest}`,
    );
  },
});
