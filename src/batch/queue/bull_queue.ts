import type { Job, Queue, Worker } from "bullmq";
import { delay } from "../../async/delay.ts";
import { withTimeout } from "../../async/timeout.ts";
import { CorruptRunError } from "../../errors.ts";
import { shardName } from "../plan.ts";
import type { Broker } from "./broker.ts";
import type { QueueCounts, ShardAttempt, ShardQueue } from "./queue.ts";
import { connectionReason, QueueError } from "./queue_error.ts";

/** How often a shard is tried before it counts as failed. */
export const ATTEMPTS = 3;

/** In ms: how often a worker without a shard looks for one. */
const IDLE = 2000;
/** In ms: how long one answer of the broker is waited for. */
const LONGEST_ANSWER = 10_000;
/** How often a command asks a broker that is away, a second apart. */
const TRIES = 30;
/** How many requests are under way at once. */
const AT_ONCE = 100;

/** The states of jobs that haven't ended. */
const PENDING = [
  "waiting",
  // In PostgreSQL those that wait while the queue is paused. Its type has gone.
  "paused" as "waiting",
  "active",
  "delayed",
] as const;

/** What a job has. */
interface ShardData {
  readonly shard: number;
}

type ShardJob = Job<ShardData>;

/** How a queue is set. */
export interface BullSettings {
  /** The run's ID, which its queue and jobs are named after. */
  readonly id: string;
  /** The broker's address without secrets. */
  readonly shown: string;
  /** In ms: how long a shard stays a worker's that isn't heard of. */
  readonly lockDuration: number;
  /** How many workers a shard may lose before it fails. */
  readonly maxStalledCount: number;
  /** Told when the broker goes away, and when it is back. */
  readonly tell: (message: string) => void;
}

/**
 * A queue of BullMQ. Locks, attempts and the failed set are BullMQ's. Its worker only
 * hands jobs out here: its own loop asks a PostgreSQL that is starting without a pause.
 */
export class BullQueue implements ShardQueue {
  readonly #broker: Broker;
  readonly #settings: BullSettings;
  readonly #queue: Queue<ShardData>;
  readonly #options: Record<string, unknown>;
  #worker: Worker<ShardData> | undefined;
  #isAway = false;
  #isClosed = false;

  /** Takes the broker over: {@linkcode close} ends it. */
  constructor(broker: Broker, settings: BullSettings) {
    this.#broker = broker;
    this.#settings = settings;
    const { lockDuration, maxStalledCount } = settings;
    this.#options = {
      connection: broker.connection,
      // It writes to the console.
      skipVersionCheck: true,
      lockDuration,
      // The second look finds what the first one marks: one and a half locks in all.
      stalledInterval: lockDuration / 2,
      maxStalledCount,
      defaultJobOptions: {
        attempts: ATTEMPTS,
        backoff: { type: "exponential", delay: 1000 },
        removeOnComplete: false,
        removeOnFail: false,
        stackTraceLimit: 1,
      },
    };
    this.#queue = new broker.bullMq.Queue(
      this.#name,
      this.#options as never,
      broker.createBackend,
    );
    // Who asks is told by their promise.
    this.#queue.on("error", () => {});
  }

  get #name(): string {
    return `totem-${this.#settings.id}`;
  }

  #jobId(shard: number): string {
    return `${this.#settings.id}-${shardName(shard)}`;
  }

  async add(shards: Iterable<number>): Promise<number> {
    const added = await this.#enqueue(shards);
    if (await this.#ask(() => this.#queue.isPaused())) {
      await this.#ask(() => this.#queue.resume());
    }
    return added;
  }

  async #enqueue(shards: Iterable<number>): Promise<number> {
    const count = await this.#ask(() =>
      this.#queue.getJobCountByTypes(...PENDING, "completed", "failed")
    );
    let added = 0;
    for (const some of groups(shards, AT_ONCE)) {
      const areNew = await Promise.all(some.map(async (shard) => {
        if (count > 0 && await this.#isPending(shard)) return false;
        // Not `addBulk`: its transaction fails where a broker that began anew doesn't
        // know BullMQ's scripts.
        await this.#ask(() =>
          this.#queue.add("shard", { shard }, { jobId: this.#jobId(shard) })
        );
        return true;
      }));
      added += areNew.filter((it) => it).length;
    }
    return added;
  }

  /** Whether the queue has a shard to do; one that has ended is taken out. */
  async #isPending(shard: number): Promise<boolean> {
    const id = this.#jobId(shard);
    const state = await this.#ask(() => this.#queue.getJobState(id));
    // Removed rather than retried, it has all its attempts again.
    if (state === "completed" || state === "failed") {
      await this.#ask(() => this.#queue.remove(id));
      return false;
    }
    return state !== "unknown";
  }

  async counts(): Promise<QueueCounts> {
    const { waiting, active, delayed } = await this.#count();
    const failed = (await this.#failed()).map(({ data, failedReason }) => ({
      shard: data.shard,
      reason: failedReason ?? "",
    })).sort((a, b) => a.shard - b.shard);
    const isPaused = await this.#ask(() => this.#queue.isPaused());
    return { waiting, active, delayed, failed, isPaused };
  }

  /** How many jobs haven't ended. */
  async #count() {
    const counts = await this.#ask(() => this.#queue.getJobCounts(...PENDING));
    const { waiting = 0, paused = 0, active = 0, delayed = 0 } = counts;
    return { waiting: waiting + paused, active, delayed };
  }

  #failed(): Promise<ShardJob[]> {
    return this.#ask(() => this.#queue.getJobs(["failed"]));
  }

  async retry(): Promise<number> {
    const failed = (await this.#failed()).map(({ data }) => data.shard);
    return await this.#enqueue(failed);
  }

  async cancel(): Promise<number> {
    await this.#ask(() => this.#queue.pause());
    const { waiting, delayed } = await this.#count();
    await this.#ask(() => this.#queue.drain(true));
    return waiting + delayed;
  }

  /** What the broker answers. One that is away is asked again for half a minute. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    for (let tries = 1;; tries++) {
      try {
        return await this.#once(question);
      } catch (cause) {
        if (tries < TRIES && !isRefusal(cause) && !this.#isClosed) {
          await delay(1000, undefined);
          continue;
        }
        throw new QueueError(
          `Cannot use the queue at ${this.#settings.shown}: ${
            this.#reason(cause)
          }`,
          { cause },
        );
      }
    }
  }

  /** What the broker answers; its absence is told once, and that it is back. */
  async #once<T>(question: () => Promise<T>): Promise<T> {
    const { shown, tell } = this.#settings;
    const wasAway = this.#isAway;
    try {
      const answer = await withTimeout(
        LONGEST_ANSWER,
        question(),
        () => new Error(`no answer within ${LONGEST_ANSWER / 1000} s`),
      );
      if (wasAway && this.#isAway) tell(`${shown} can be used again`);
      this.#isAway = false;
      return answer;
    } catch (error) {
      if (isRefusal(error)) throw error;
      if (!this.#isAway) {
        tell(
          `${shown} can't be used now: ${this.#reason(error)}; trying again`,
        );
      }
      this.#isAway = true;
      throw error;
    }
  }

  #reason(error: unknown): string {
    return this.#broker.problem() ?? connectionReason(error);
  }

  async work(
    run: (shard: number, attempt: ShardAttempt) => Promise<void>,
    { signal, onIdle }: {
      readonly signal: AbortSignal;
      readonly onIdle: () => void;
    },
  ): Promise<void> {
    const worker = this.#worker ??= this.#startWorker();
    // Gives shards of workers that aren't heard of to others. BullMQ's own timer outlives
    // a broker that is away.
    const check = () =>
      void this.#once(() => worker.getBackend().moveStalledJobsToWait())
        .catch(() => {});
    check();
    const timer = setInterval(check, this.#settings.lockDuration / 2);
    try {
      await this.#takeJobs(worker, run, signal, onIdle);
    } finally {
      clearInterval(timer);
    }
  }

  async #takeJobs(
    worker: Worker<ShardData>,
    run: (shard: number, attempt: ShardAttempt) => Promise<void>,
    signal: AbortSignal,
    onIdle: () => void,
  ): Promise<void> {
    while (!signal.aborted) {
      const token = crypto.randomUUID();
      let job: ShardJob | undefined;
      try {
        job = await this.#once(() =>
          worker.getNextJob(token, { block: false })
        );
      } catch {
        // It is told; a job that was given out in an answer that got lost stalls.
      }
      if (job === undefined) {
        onIdle();
        await delay(IDLE, signal).catch(() => {});
      } else if (signal.aborted) {
        await this.#once(() => job.moveToWait(token)).catch(() => {});
      } else {
        await this.#runJob(job, token, run);
      }
    }
  }

  #startWorker(): Worker<ShardData> {
    const worker = new this.#broker.bullMq.Worker(
      this.#name,
      null,
      this.#options as never,
      this.#broker.createBackend,
    );
    worker.on("error", () => {});
    return worker;
  }

  async #runJob(
    job: ShardJob,
    token: string,
    run: (shard: number, attempt: ShardAttempt) => Promise<void>,
  ): Promise<void> {
    const lost = new AbortController();
    const { lockDuration } = this.#settings;
    const renew = async () => {
      try {
        const isOurs = await this.#once(() =>
          job.extendLock(token, lockDuration)
        );
        if (!isOurs) lost.abort(new QueueError("Another worker has the shard"));
      } catch {
        // Away: the shard goes on, as its result counts whoever has it.
      }
    };
    const timer = setInterval(renew, lockDuration / 4);
    let failure: Error | undefined;
    try {
      if (job.deferredFailure) throw this.#lostWorkers(job);
      await run(job.data.shard, {
        signal: lost.signal,
        isLast: job.attemptsMade + 1 >= ATTEMPTS,
      });
    } catch (error) {
      failure = error instanceof Error ? error : new Error(`${error}`);
      // What another try can't change.
      if (error instanceof CorruptRunError) {
        const { UnrecoverableError } = this.#broker.bullMq;
        failure = new UnrecoverableError(error.message);
      }
    }
    try {
      await this.#end(job, token, failure, lost.signal);
    } finally {
      clearInterval(timer);
    }
  }

  /** Why a shard fails that has lost too many workers. */
  #lostWorkers(job: ShardJob): Error {
    return new this.#broker.bullMq.UnrecoverableError(
      `it was begun ${job.stalledCounter} times and not ended: each worker died or wasn't heard of`,
    );
  }

  /** Reports how a shard ended, as long as it is this worker's. */
  async #end(
    job: ShardJob,
    token: string,
    failure: Error | undefined,
    lost: AbortSignal,
  ): Promise<void> {
    const latest = Date.now() + this.#settings.lockDuration;
    while (!lost.aborted) {
      try {
        await this.#once<unknown>(() =>
          failure === undefined
            ? job.moveToCompleted(null, token, false)
            : job.moveToFailed(failure, token, false)
        );
        return;
      } catch (error) {
        // Without a report it stalls, and the next worker finds its result.
        if (isRefusal(error) || Date.now() > latest) return;
        await delay(1000, lost).catch(() => {});
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const ends = [this.#worker?.close(true), this.#queue.close()];
    await Promise.race([Promise.allSettled(ends), delay(2000, undefined)]);
    await this.#broker.end();
  }
}

/** Whether BullMQ answered that a job isn't there or isn't this worker's. */
function isRefusal(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "number" && code < 0;
}

function* groups<T>(values: Iterable<T>, size: number): Generator<T[]> {
  let group: T[] = [];
  for (const value of values) {
    if (group.push(value) < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
