import { doneShards, imagesOf } from "../../batch/done_shards.ts";
import { localShards } from "../../batch/local_shards.ts";
import { openModel } from "../../batch/open_model.ts";
import {
  type BatchPlan,
  planDigest,
  readPlan,
  shardName,
} from "../../batch/plan.ts";
import { openQueue } from "../../batch/queue/open_queue.ts";
import { queuedShards, type Waiting } from "../../batch/queue/queued_shards.ts";
import { readDone } from "../../batch/record.ts";
import { rootOf } from "../../batch/root.ts";
import { runStatus } from "../../batch/status.ts";
import type { RunStorage } from "../../batch/storage.ts";
import { openStorage } from "../../batch/storage/open_storage.ts";
import { workOn, type WorkResult } from "../../batch/work.ts";
import { AbortedError, ArgumentError } from "../../errors.ts";
import { counted } from "../../text/numbers.ts";
import { shellWord } from "../../text/shell_word.ts";
import { type Command, parseOne } from "../command.ts";
import { count, flag, text, threads } from "../option_kinds.ts";
import { UsageError } from "../options.ts";
import { INTERRUPTED, onSignals } from "../signals.ts";
import { type Signal, system } from "../system.ts";
import type { Terminal } from "../terminal.ts";
import { holding, queueAddress, tellQueue } from "./queue_options.ts";
import { tellUnusable } from "./unusable_results.ts";
import { watchedReader } from "./watched_reader.ts";
import { startWatchdog } from "./watchdog.ts";
import { workEvents } from "./work_events.ts";

/** `totem batch work` */
export const work: Command = {
  summary: "Run the shards that have no result yet",
  help: `\
Usage: totem batch work RUN [options]

Runs the shards of a run that have no result yet, on all cores. Any number of
machines can work on a run. Without a queue, workers pick shards at random, and
run a few of the last ones twice, with the same result. If a worker dies, only
its current shard is lost. The same command continues the run.

A shard that fails is tried three times and then reported. A worker stops when
three shards in a row fail. On SIGTERM or Ctrl-C, it finishes its current shard;
a second signal stops it at once.

The exit code is 1 if shards failed, or if the shard of --shard isn't done.

Options:
  --queue URL        Take shards from a queue until the run is done: redis://,
                     rediss:// or postgres://HOST (see totem batch plan)
  --threads N        Threads, 1 to 64, or auto: one per core (default: auto)
  --shard N          Run only this shard, counted from 0, for Kubernetes, Slurm
                     or xargs
  --root FOLDER      Folder that relative paths refer to on this machine, if
                     it isn't that of the plan
  --allow-absent     Accept a shard whose files or URLs are all missing.
                     Otherwise it fails, as a folder may not be mounted
  --lock-seconds N   How long a worker holds a shard without renewing its lock.
                     If it dies, another takes the shard after 0.75 to 1.5 times
                     as long (default: 60)
  --max-stalled N    Number of workers that may die on a shard before it fails
                     (default: 20)
  --stall-seconds N  End this process if no image is finished for N seconds,
                     because it hangs (default: 300)

Example:
  totem batch work run`,
  async run(args, io) {
    const values = parseOne(args, "work on a batch run", "RUN", {
      shard: count(undefined, 0),
      queue: { ...queueAddress, excludes: ["shard"] },
      ...holding,
      threads,
      root: text(),
      "allow-absent": flag,
      "stall-seconds": count(300, 1),
    });
    const { argument: run, shard, threads: threadCount } = values;
    const storage = await openStorage(run);
    const plan = await openPlan(storage);
    const done = await doneShards(plan, storage);
    const left = leftOf(plan, done, shard);
    const countOf = async (done: ReadonlySet<number>) =>
      shard === undefined
        ? await countUsable(io, plan, storage, done)
        : await countWith(plan, storage, done, shard);
    if (left.length === 0) {
      const count = await countOf(done);
      io.print(summary(io, run, plan, count, undefined));
      return count < done.size ? 1 : 0;
    }

    const stop = new AbortController();
    const { signal } = stop;
    let ended: Signal | undefined;
    using _listening = onSignals(
      io.streams,
      system.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"],
      INTERRUPTED,
      (signal) => {
        ended = signal;
        io.tell(
          `${signal}: ends after the current shard; another signal ends it at once`,
        );
        stop.abort();
      },
    );
    const root = rootOf(plan, storage, values.root);
    const reader = watchedReader({ root });
    using watchdog = startWatchdog(
      values["stall-seconds"],
      () => reader.isWaiting(),
    );
    using events = workEvents(io, plan, imagesOf(plan, done), watchdog);
    let result: WorkResult | undefined;
    const { queue: address } = values;
    const queue = address === undefined
      ? undefined
      : await openQueue(address, plan, {
        lockSeconds: values["lock-seconds"],
        maxStalled: values["max-stalled"],
        tell: tellQueue(io),
      });
    const queued = queue &&
      queuedShards(
        plan,
        storage,
        queue,
        (waiting) => io.tellNote(waitingText(run, waiting)),
      );
    try {
      using classifier = await openModel(plan, storage, {
        threads: threadCount,
        signal,
      });
      result = await workOn(plan, queued ?? localShards(left), {
        classifier,
        storage,
        readImage: reader.read,
        allowAbsent: values["allow-absent"],
        signal,
      }, events);
    } catch (error) {
      // Aborted while the model was being opened.
      if (!(error instanceof AbortedError)) throw error;
    } finally {
      await queue?.close();
    }
    events[Symbol.dispose]();
    const doneNow = await doneShards(plan, storage);
    const hasFailed = result !== undefined && tellFailures(io, {
      ...result,
      failures: new Map<number, unknown>([
        ...queued?.failed ?? [],
        ...result.failures,
      ]),
    }, doneNow);
    const doneCount = await countOf(doneNow);
    io.print(summary(io, run, plan, doneCount, result));
    // A scheduler takes exit code 0 to mean that its shard has a result, even after
    // SIGTERM.
    const isMissing = shard !== undefined && !doneNow.has(shard);
    const isBad = hasFailed || isMissing || doneCount < doneNow.size;
    return ended === "SIGINT" ? INTERRUPTED : isBad ? 1 : 0;
  },
};

/**
 * The number of finished shards. Once all shards have a result, unusable results are
 * reported and don't count. Before that, reading all results isn't worthwhile.
 */
async function countUsable(
  io: Terminal,
  plan: BatchPlan,
  storage: RunStorage,
  done: ReadonlySet<number>,
): Promise<number> {
  if (done.size < plan.lists.length) return done.size;
  const status = await runStatus(plan, storage);
  tellUnusable(io, status);
  return status.shards.done;
}

/**
 * The number of finished shards.
 *
 * @throws {CorruptRunError} When the result of `shard` is unusable.
 */
async function countWith(
  plan: BatchPlan,
  storage: RunStorage,
  done: ReadonlySet<number>,
  shard: number,
): Promise<number> {
  if (done.has(shard)) await readDone(storage, await planDigest(plan), shard);
  return done.size;
}

async function openPlan(storage: RunStorage): Promise<BatchPlan> {
  const plan = await readPlan(storage);
  if (plan !== undefined) return plan;
  throw new ArgumentError(
    `Cannot work on ${storage.address} as there is no run: totem batch plan CORPUS --out ${
      shellWord(storage.address)
    } makes it`,
  );
}

function waitingText(run: string, waiting: Waiting): string {
  if (waiting === "others") return "waiting: other workers have the rest";
  const plan = `totem batch plan CORPUS --out ${shellWord(run)} --queue URL`;
  return waiting === "cancelled"
    ? `waiting: the run is cancelled. ${plan} continues it`
    : `waiting: the queue is empty, and ${counted(waiting.missing, "shard")} ${
      waiting.missing === 1 ? "has" : "have"
    } no result. ${plan} puts ${
      waiting.missing === 1 ? "it" : "them"
    } in again`;
}

/** The shards to do. */
function leftOf(
  { lists }: BatchPlan,
  done: ReadonlySet<number>,
  only: number | undefined,
): readonly number[] {
  if (only !== undefined && only >= lists.length) {
    throw new UsageError(
      `Cannot use --shard ${only} as the run has ${
        counted(lists.length, "shard")
      }: 0 to ${lists.length - 1}`,
    );
  }
  const all = only === undefined ? lists.map((_, i) => i) : [only];
  return all.filter((it) => !done.has(it));
}

/**
 * Reports failed shards that no other worker has finished.
 *
 * @returns Whether there are any.
 */
function tellFailures(
  io: Terminal,
  { failures, badMachine }: Pick<WorkResult, "badMachine"> & {
    readonly failures: ReadonlyMap<number, unknown>;
  },
  done: ReadonlySet<number>,
): boolean {
  const lost = [...failures].filter(([shard]) => !done.has(shard));
  for (const [shard, error] of lost) {
    io.tellProblem(`shard ${shardName(shard)}`, error);
  }
  if (badMachine !== undefined) {
    io.tellProblem(
      "three shards in a row have failed, so this machine takes no more",
      badMachine,
    );
  }
  return lost.length > 0 || badMachine !== undefined;
}

/** A summary of this process's work and of the run's progress. */
function summary(
  io: Terminal,
  run: string,
  { lists }: BatchPlan,
  done: number,
  { shards, images, failed }: Pick<WorkResult, "shards" | "images" | "failed"> =
    { shards: 0, images: 0, failed: 0 },
): string {
  const here = shards === 0
    ? "nothing done here"
    : `${counted(shards, "shard")} with ${
      counted(images, "image")
    } done here, ${failed} failed`;
  const { length: total } = lists;
  const all = done === total
    ? `the run is complete, ${counted(total, "shard")}`
    : `${done} of ${counted(total, "shard")} done`;
  return `${io.paint("bold", run)}: ${here}; ${all}`;
}
