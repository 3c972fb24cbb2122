import type { BackendFactory, RedisQueueBackend } from "bullmq";

/** The imported BullMQ package. */
export type BullMq = typeof import("bullmq");

/** A connection to the server that stores a queue's jobs: Redis or PostgreSQL. */
export interface Broker {
  readonly bullMq: BullMq;
  /** The connection that BullMQ uses. */
  readonly connection: unknown;
  /** Creates BullMQ's backend. The types name Redis's, which is the default. */
  readonly createBackend: BackendFactory<RedisQueueBackend>;
  /** The reason why the server can't be reached now, if known. */
  readonly problem: () => string | undefined;
  /** Ends the connection immediately, in any state. */
  end(): Promise<void>;
}

/** Shows the user a message about the server. */
export type Tell = (message: string) => void;
