/** Hands out the shards of one batch run to workers on many machines. */
export interface ShardQueue {
  /**
   * Enqueues shards. A shard that is waiting or running isn't added again; one that has
   * ended or failed is. A cancelled run goes on.
   *
   * @returns How many were added.
   */
  add(shards: Iterable<number>): Promise<number>;
  /**
   * Takes shards one after the other until the signal fires. The shard in hand is then
   * finished.
   *
   * @param run Does a shard. When it throws, the shard is tried again, up to three times
   * in all.
   */
  work(run: RunShard, options: WorkOptions): Promise<void>;
  /** The state of the queue. */
  counts(): Promise<QueueCounts>;
  /** Enqueues the failed shards again; returns how many. */
  retry(): Promise<number>;
  /** Removes all waiting shards; those in hand are finished. Returns how many. */
  cancel(): Promise<number>;
  /** Ends the connections. */
  close(): Promise<void>;
}

/** Does a shard. */
export type RunShard = (shard: number, attempt: ShardAttempt) => Promise<void>;

/** How a worker takes shards. */
export interface WorkOptions {
  /** Ends the work after the shard in hand. */
  readonly signal: AbortSignal;
  /** Called every few seconds while there is no shard to take. */
  readonly onIdle: () => void;
}

/** One of the tries of a shard. */
export interface ShardAttempt {
  /** Fires when this worker has lost the shard. */
  readonly signal: AbortSignal;
  /** Whether the shard has failed for good if this try fails. */
  readonly isLast: boolean;
}

/** The state of a queue, in shards. */
export interface QueueCounts {
  readonly waiting: number;
  /** In the hands of workers. */
  readonly active: number;
  /** Waiting for their next try. */
  readonly delayed: number;
  /** Those that were given up, with the error of the last try. */
  readonly failed: readonly {
    readonly shard: number;
    readonly reason: string;
  }[];
  /** Whether the run was cancelled. */
  readonly isPaused: boolean;
}
