import type { BackendFactory, RedisQueueBackend } from "bullmq";

/** BullMQ, as it is imported. */
export type BullMq = typeof import("bullmq");

/** A connection to what keeps a queue's jobs: Redis or PostgreSQL. */
export interface Broker {
  readonly bullMq: BullMq;
  /** What BullMQ reaches it with. */
  readonly connection: unknown;
  /** BullMQ's types have Redis's by default; others do the same. */
  readonly createBackend: BackendFactory<RedisQueueBackend>;
  /** Why it isn't reached now, if that is known. */
  readonly problem: () => string | undefined;
  /** Ends the connection at once, whatever state it is in. */
  end(): Promise<void>;
}

/** What a broker says of itself that its user must know, in a sentence. */
export type Tell = (message: string) => void;
