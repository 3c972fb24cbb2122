import type { Queue } from "bullmq";
import { delay } from "../../async/delay.ts";
import { shardName } from "../plan.ts";
import type { Broker, Tell } from "./broker.ts";
import { BrokerCalls } from "./broker_calls.ts";
import {
  type BullContext,
  bullOptions,
  type BullSettings,
  queueName,
  type ShardData,
  type ShardJob,
} from "./bull_settings.ts";
import { BullWorker } from "./bull_worker.ts";
import type {
  QueueCounts,
  RunShard,
  ShardQueue,
  WorkOptions,
} from "./queue.ts";

/** The maximum number of concurrent calls. */
const AT_ONCE = 100;

/** The maximum time for closing connections, in ms. */
const TIME_TO_END = 2000;

/** The states of jobs that haven't ended. */
const PENDING = [
  "waiting",
  // A state in PostgreSQL while the queue is paused. BullMQ's types no longer have it.
  "paused" as "waiting",
  "active",
  "delayed",
] as const;

/** A queue based on BullMQ, which keeps the locks, the attempts and the failed shards. */
export class BullQueue implements ShardQueue {
  readonly #context: BullContext;
  readonly #queue: Queue<ShardData>;
  #worker: BullWorker | undefined;

  /**
   * Takes ownership of the broker: {@linkcode close} ends it.
   *
   * @param shown Its address without secrets.
   * @param tell Called when it goes away, and when it comes back.
   */
  constructor(
    broker: Broker,
    settings: BullSettings,
    shown: string,
    tell: Tell,
  ) {
    const calls = new BrokerCalls(broker, shown, tell);
    this.#context = { broker, calls, settings };
    this.#queue = new broker.bullMq.Queue(
      queueName(settings),
      bullOptions(this.#context) as never,
      broker.createBackend,
    );
    // The calls reject with the same errors.
    this.#queue.on("error", () => {});
  }

  async add(shards: Iterable<number>): Promise<number> {
    const added = await this.#enqueue(shards);
    if (await this.#ask(() => this.#queue.isPaused())) {
      await this.#ask(() => this.#queue.resume());
    }
    return added;
  }

  async work(run: RunShard, options: WorkOptions): Promise<void> {
    this.#worker ??= new BullWorker(this.#context);
    await this.#worker.work(run, options);
  }

  async counts(): Promise<QueueCounts> {
    const { waiting, active, delayed } = await this.#countPending();
    const failed = (await this.#failed()).map(({ data, failedReason }) => ({
      shard: data.shard,
      reason: failedReason ?? "",
    })).sort((a, b) => a.shard - b.shard);
    const isPaused = await this.#ask(() => this.#queue.isPaused());
    return { waiting, active, delayed, failed, isPaused };
  }

  async retry(): Promise<number> {
    const failed = (await this.#failed()).map(({ data }) => data.shard);
    return await this.#enqueue(failed);
  }

  async cancel(): Promise<number> {
    await this.#ask(() => this.#queue.pause());
    const { waiting, delayed } = await this.#countPending();
    await this.#ask(() => this.#queue.drain(true));
    return waiting + delayed;
  }

  async close(): Promise<void> {
    this.#context.calls.close();
    const ends = [this.#worker?.close(), this.#queue.close()];
    await Promise.race([
      Promise.allSettled(ends),
      delay(TIME_TO_END, undefined),
    ]);
    await this.#context.broker.end();
  }

  async #enqueue(shards: Iterable<number>): Promise<number> {
    const count = await this.#ask(() =>
      this.#queue.getJobCountByTypes(...PENDING, "completed", "failed")
    );
    let added = 0;
    for (const some of groups(shards, AT_ONCE)) {
      const areNew = await Promise.all(some.map(async (shard) => {
        if (count > 0 && await this.#isPending(shard)) return false;
        // `addBulk` isn't used: its transaction fails on a broker that has restarted
        // without its data and so lacks BullMQ's scripts.
        await this.#ask(() =>
          this.#queue.add("shard", { shard }, { jobId: this.#jobId(shard) })
        );
        return true;
      }));
      added += areNew.filter((it) => it).length;
    }
    return added;
  }

  /** Whether a shard is still pending. A finished job is removed. */
  async #isPending(shard: number): Promise<boolean> {
    const id = this.#jobId(shard);
    const state = await this.#ask(() => this.#queue.getJobState(id));
    // A new job gets all attempts; one retried by BullMQ wouldn't.
    if (state === "completed" || state === "failed") {
      await this.#ask(() => this.#queue.remove(id));
      return false;
    }
    return state !== "unknown";
  }

  /** The numbers of unfinished jobs. */
  async #countPending() {
    const counts = await this.#ask(() => this.#queue.getJobCounts(...PENDING));
    const { waiting = 0, paused = 0, active = 0, delayed = 0 } = counts;
    return { waiting: waiting + paused, active, delayed };
  }

  #failed(): Promise<ShardJob[]> {
    return this.#ask(() => this.#queue.getJobs(["failed"]));
  }

  #jobId(shard: number): string {
    return `${this.#context.settings.id}-${shardName(shard)}`;
  }

  #ask<T>(call: () => Promise<T>): Promise<T> {
    return this.#context.calls.untilAnswered(call);
  }
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
