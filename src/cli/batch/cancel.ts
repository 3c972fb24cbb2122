import { counted } from "../../text/numbers.ts";
import { type Command, parseOne } from "../command.ts";
import { openQueuedRun, requiredQueue } from "./queue_options.ts";

/** `totem batch cancel` */
export const cancel: Command = {
  summary: "Stop a batch run; its results stay",
  help: `\
Usage: totem batch cancel RUN --queue URL

Takes all shards of a run out of its queue. Workers finish their current shard
and then wait. Results stay. totem batch plan with the same options continues
the run.

Options:
  --queue URL        Where the queue is: redis://, rediss:// or postgres://HOST

Example:
  totem batch cancel run --queue redis://10.0.0.5`,
  async run(args, io) {
    const action = "cancel a batch run";
    const { argument: run, queue: address } = parseOne(args, action, "RUN", {
      queue: requiredQueue,
    });
    await using it = await openQueuedRun(action, run, address);
    const shards = await it.queue.cancel();
    const { active } = await it.queue.counts();
    const rest = active === 0
      ? ""
      : `, ${counted(active, "shard")} still being done`;
    io.print(
      `${io.paint("bold", run)}: cancelled, ${
        counted(shards, "shard")
      } taken out of the queue${rest}`,
    );
    return 0;
  },
};
