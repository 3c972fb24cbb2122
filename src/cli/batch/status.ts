import { doneShards } from "../../batch/done_shards.ts";
import { type BatchPlan, readPlan, shardName } from "../../batch/plan.ts";
import { type RunStatus, runStatus } from "../../batch/status.ts";
import type { RunStorage } from "../../batch/storage.ts";
import { openStorage } from "../../batch/storage/open_storage.ts";
import { counted, percent } from "../../text/numbers.ts";
import { type Command, parseOne } from "../command.ts";
import { FileError } from "../file_error.ts";
import { openQueue } from "../../batch/queue/open_queue.ts";
import type { QueueCounts } from "../../batch/queue/queue.ts";
import { flag } from "../option_kinds.ts";
import { queueAddress } from "./queue_options.ts";
import { remaining } from "../remaining.ts";
import type { Terminal } from "../terminal.ts";
import { MOST_PROBLEMS, tellUnusable } from "./unusable_results.ts";

/** `totem batch status` */
export const status: Command = {
  summary: "Show the progress of a batch run",
  help: `\
Usage: totem batch status RUN [options]

Shows how many shards and images of a run are done, how many images failed and
why, and the time left, from the results alone. Results of another plan and
unreadable results are listed and not counted.

The rate is that of the last hour, or of the last ten shards if they took
longer. It is unknown in the first minute, and if nothing was done recently.

The exit code is 0 if the run is complete, else 1.

Options:
  --queue URL        Also show the queue at redis://, rediss:// or
                     postgres://HOST, and which shards failed and why
  --json             Print one JSON object: run, complete, shards (total, done),
                     images (total, done, failed), errors (number of images by
                     error code), imagesPerSecond, secondsLeft (both null if
                     unknown) and problems (results that aren't counted); with
                     --queue also queue (waiting, active, delayed, failed: shard
                     and reason, cancelled)

Example:
  totem batch status run`,
  async run(args, io) {
    const { argument: run, json, queue: address } = parseOne(
      args,
      "show the progress of a batch run",
      "RUN",
      { json: flag, queue: queueAddress },
    );
    const storage = await openStorage(run);
    const plan = await readPlan(storage);
    if (plan === undefined) {
      const reason =
        "there is no plan. totem batch plan makes it, and may still be at work";
      throw new FileError("show the progress of", run, reason);
    }
    const status = await runStatus(plan, storage);
    const counts = address === undefined
      ? undefined
      : await queueCounts(address, plan, storage);
    if (json) io.printJson(statusJson(run, status, counts));
    else printStatus(io, run, status, counts);
    return status.isComplete ? 0 : 1;
  },
};

async function queueCounts(
  address: string,
  plan: BatchPlan,
  storage: RunStorage,
): Promise<QueueCounts> {
  const queue = await openQueue(address, plan);
  try {
    const counts = await queue.counts();
    // A shard that failed in the queue may have been finished without the queue.
    const done = await doneShards(plan, storage);
    const failed = counts.failed.filter(({ shard }) => !done.has(shard));
    return { ...counts, failed };
  } finally {
    await queue.close();
  }
}

function statusJson(
  run: string,
  status: RunStatus,
  counts: QueueCounts | undefined,
): object {
  const { isComplete, shards, images, errors, problems } = status;
  return {
    run,
    complete: isComplete,
    shards,
    images,
    errors,
    imagesPerSecond: status.rate ?? null,
    secondsLeft: status.secondsLeft ?? null,
    problems,
    ...counts !== undefined && { queue: countsJson(counts) },
  };
}

function countsJson({ isPaused, ...counts }: QueueCounts): object {
  return { ...counts, cancelled: isPaused };
}

function printStatus(
  io: Terminal,
  run: string,
  status: RunStatus,
  counts: QueueCounts | undefined,
): void {
  const { isComplete, shards, images, rate = 0 } = status;
  const name = io.paint("bold", run);
  if (isComplete) {
    io.print(
      `${name}: complete, ${counted(images.total, "image")} in ${
        counted(shards.total, "shard")
      }`,
    );
  } else {
    const part = percent(images.done / images.total);
    const left = remaining(rate, images.total - images.done, 1);
    io.print(
      `${name}: ${ofTotal(images.done, images.total, "image")} (${part}), ${
        ofTotal(shards.done, shards.total, "shard")
      }${left && `; recently ${left}`}`,
    );
  }
  printFailed(io, status);
  if (counts !== undefined) printQueue(io, counts);
  tellUnusable(io, status);
}

/** With a larger share of failed images, a warning is shown. */
const MANY_FAILED = 0.1;

function printFailed(io: Terminal, { images, errors }: RunStatus): void {
  const { done, failed } = images;
  if (failed === 0) return;
  const codes = Object.entries(errors);
  const list = codes.map(([code, count]) =>
    `${count.toLocaleString("en")} ${code}`
  ).join(", ");
  io.print(`${counted(failed, "image")} failed: ${list}`);
  const [most] = codes;
  if (most === undefined || failed <= done * MANY_FAILED) return;
  io.tellWarning(
    `${
      percent(failed / done)
    } of the images failed, most often with the error ${
      most[0]
    }: see the column "message" of the results before you use them`,
  );
}

function printQueue(io: Terminal, counts: QueueCounts): void {
  const { waiting, active, delayed, failed, isPaused } = counts;
  io.print(
    `queue${
      isPaused ? ", which is cancelled" : ""
    }: ${waiting} waiting, ${active} in hand, ${delayed} to be tried again, ${failed.length} failed`,
  );
  for (const { shard, reason } of failed.slice(0, MOST_PROBLEMS)) {
    io.print(`shard ${shardName(shard)} failed: ${reason}`);
  }
  if (failed.length <= MOST_PROBLEMS) return;
  io.print(
    `${
      counted(failed.length - MOST_PROBLEMS, "other shard")
    } failed: --json has all`,
  );
}

/** `1 of 2 shards` */
function ofTotal(done: number, total: number, one: string): string {
  return `${done.toLocaleString("en")} of ${counted(total, one)}`;
}
