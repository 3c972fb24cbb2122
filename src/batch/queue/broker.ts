import type { BackendFactory, RedisQueueBackend } from "bullmq";

/** BullMQ, as it is imported. */
export type BullMq = typeof import("bullmq");

/** A connection to the server that keeps a queue's jobs: Redis or PostgreSQL. */
export interface Broker {
  readonly bullMq: BullMq;
  /** The connection that BullMQ uses. */
  readonly connection: unknown;
  /** Makes BullMQ's backend. Its types name that of Redis, which is their default. */
  readonly createBackend: BackendFactory<RedisQueueBackend>;
  /** Why the server can't be reached now, if that is known. */
  readonly problem: () => string | undefined;
  /** Ends the connection at once, in any state. */
  end(): Promise<void>;
}

/** Tells the user a sentence about the server. */
export type Tell = (message: string) => void;
