import type { Job } from "bullmq";
import type { Broker } from "./broker.ts";
import type { BrokerCalls } from "./broker_calls.ts";

/** The number of tries of a shard before it counts as failed. */
export const ATTEMPTS = 3;

/** The settings of a BullMQ queue. */
export interface BullSettings {
  /** The run's ID. The queue and its jobs are named after it. */
  readonly id: string;
  /** The time that a worker keeps a shard without renewing its lock, in ms. */
  readonly lockDuration: number;
  /** How many workers may die on a shard before it fails. */
  readonly maxStalledCount: number;
}

/** The state shared by the parts of a queue. */
export interface BullContext {
  readonly broker: Broker;
  readonly calls: BrokerCalls;
  readonly settings: BullSettings;
}

/** The data of a job. */
export interface ShardData {
  readonly shard: number;
}

/** A shard in the queue. */
export type ShardJob = Job<ShardData>;

/** The name of a run's queue. */
export function queueName({ id }: BullSettings): string {
  return `totem-${id}`;
}

/** The interval between searches for the jobs of dead workers, in ms. */
export function searchInterval({ lockDuration }: BullSettings): number {
  return lockDuration / 2;
}

/** The options of BullMQ's queue and worker. */
export function bullOptions(
  { broker, settings }: BullContext,
): Record<string, unknown> {
  const { lockDuration, maxStalledCount } = settings;
  return {
    connection: broker.connection,
    // The check would write to the console.
    skipVersionCheck: true,
    lockDuration,
    // BullMQ skips a search that comes sooner than this after the last one, from
    // whichever worker. It is shorter than a worker's own interval, as timers vary by
    // milliseconds, and a lone worker would otherwise skip every other search.
    stalledInterval: searchInterval(settings) * 0.8,
    maxStalledCount,
    defaultJobOptions: {
      attempts: ATTEMPTS,
      backoff: { type: "exponential", delay: 1000 },
      removeOnComplete: false,
      removeOnFail: false,
      stackTraceLimit: 1,
    },
  };
}
