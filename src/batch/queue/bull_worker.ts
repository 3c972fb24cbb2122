import type { Worker } from "bullmq";
import { delay } from "../../async/delay.ts";
import { runJob } from "./bull_job.ts";
import {
  type BullContext,
  bullOptions,
  queueName,
  searchInterval,
  type ShardData,
  type ShardJob,
} from "./bull_settings.ts";
import type { RunShard, WorkOptions } from "./queue.ts";

/** The interval at which an idle worker looks for a shard, in ms. */
const IDLE = 2000;

/**
 * Takes jobs from a queue, one at a time. BullMQ's worker is only used to fetch them: its
 * own loop calls a PostgreSQL server without any pause while that is starting.
 */
export class BullWorker {
  readonly #context: BullContext;
  readonly #worker: Worker<ShardData>;

  constructor(context: BullContext) {
    this.#context = context;
    const { broker, settings } = context;
    this.#worker = new broker.bullMq.Worker(
      queueName(settings),
      null,
      bullOptions(context) as never,
      broker.createBackend,
    );
    // The calls reject with the same errors.
    this.#worker.on("error", () => {});
  }

  /** See {@linkcode ShardQueue.work}. */
  async work(run: RunShard, { signal, onIdle }: WorkOptions): Promise<void> {
    this.#releaseStalled();
    // BullMQ's own timer isn't used: after an error it waits 5 s, even if the worker
    // should end.
    const timer = setInterval(
      () => this.#releaseStalled(),
      searchInterval(this.#context.settings),
    );
    try {
      while (!signal.aborted) {
        const isIdle = !await this.#takeOne(run, signal);
        if (!isIdle) continue;
        onIdle();
        await delay(IDLE, signal).catch(() => {});
      }
    } finally {
      clearInterval(timer);
    }
  }

  async close(): Promise<void> {
    await this.#worker.close(true);
  }

  /** Puts the shards of dead workers back in the queue. */
  #releaseStalled(): void {
    this.#context.calls
      .once(() => this.#worker.getBackend().moveStalledJobsToWait())
      // The broker may be back for the next search.
      .catch(() => {});
  }

  /** Runs one job. Returns whether there was one. */
  async #takeOne(run: RunShard, signal: AbortSignal): Promise<boolean> {
    const { calls } = this.#context;
    const token = crypto.randomUUID();
    let job: ShardJob | undefined;
    try {
      job = await calls.once(() =>
        this.#worker.getNextJob(token, { block: false })
      );
    } catch {
      // The broker is unavailable. If it handed out a job but the response was lost, the
      // job stalls.
    }
    if (job === undefined) return false;
    if (signal.aborted) {
      await calls.once(() => job.moveToWait(token)).catch(() => {});
    } else {
      await runJob(job, token, run, this.#context);
    }
    return true;
  }
}
