import { readPlan } from "../../batch/plan.ts";
import { openQueue } from "../../batch/queue/open_queue.ts";
import type { ShardQueue } from "../../batch/queue/queue.ts";
import { openStorage } from "../../batch/storage/open_storage.ts";
import { ArgumentError } from "../../errors.ts";
import { shellWord } from "../../text/shell_word.ts";
import { type Command, parseOne } from "../command.ts";
import type { Terminal } from "../terminal.ts";
import { requiredQueue } from "./queue_options.ts";

/** A command that changes the queue of a run. */
interface QueueCommand {
  readonly name: string;
  readonly summary: string;
  /** What it does, wrapped at 80 columns. */
  readonly help: string;
  /** Its purpose, for errors: `"cancel a batch run"`. */
  readonly action: string;
  /** Changes the queue of the run called `run`, and reports it. */
  change(queue: ShardQueue, run: string, io: Terminal): Promise<void>;
}

/** Creates the command `totem batch NAME RUN --queue URL`. */
export function queueCommand(
  { name, summary, help, action, change }: QueueCommand,
): Command {
  return {
    summary,
    help: `\
Usage: totem batch ${name} RUN --queue URL

${help}

Options:
  --queue URL        The queue: redis://, rediss:// or postgres://HOST

Example:
  totem batch ${name} run --queue redis://10.0.0.5`,
    async run(args, io) {
      const { argument: run, queue: address } = parseOne(args, action, "RUN", {
        queue: requiredQueue,
      });
      const queue = await openQueueOf(run, address, action);
      try {
        await change(queue, run, io);
      } finally {
        await queue.close();
      }
      return 0;
    },
  };
}

/** @throws {ArgumentError} When there is no run. */
async function openQueueOf(
  run: string,
  address: string,
  action: string,
): Promise<ShardQueue> {
  const plan = await readPlan(await openStorage(run));
  if (plan !== undefined) return await openQueue(address, plan);
  throw new ArgumentError(
    `Cannot ${action} as there is no run in ${run}: totem batch plan CORPUS --out ${
      shellWord(run)
    } makes it`,
  );
}
