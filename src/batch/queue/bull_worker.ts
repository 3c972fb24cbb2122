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

/** How often a worker without a shard looks for one, in ms. */
const IDLE = 2000;

/**
 * Takes jobs of a queue, one after the other. BullMQ's worker only hands them out: its
 * own loop calls a PostgreSQL that is starting without any pause.
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
    // Calls reject with the same errors.
    this.#worker.on("error", () => {});
  }

  /** See {@linkcode ShardQueue.work}. */
  async work(run: RunShard, { signal, onIdle }: WorkOptions): Promise<void> {
    this.#releaseStalled();
    // Not BullMQ's own timer: after an error it waits 5 s, even if the worker is to end.
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

  /** Makes the shards of dead workers wait again. */
  #releaseStalled(): void {
    this.#context.calls
      .once(() => this.#worker.getBackend().moveStalledJobsToWait())
      // The next search may find the broker back.
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
      // The broker is away. If it gave out a job whose answer got lost, the job stalls.
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
