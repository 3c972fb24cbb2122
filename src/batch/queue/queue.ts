/** Hands out the shards of one batch run to workers on many machines. */
export interface ShardQueue {
  /**
   * Enqueues shards. Shards that are waiting or running aren't added again; those that
   * have completed or failed are. A cancelled run continues.
   *
   * @returns The number of shards added.
   */
  add(shards: Iterable<number>): Promise<number>;
  /**
   * Runs shards one at a time until the signal fires. The current shard is then finished.
   *
   * @param run Runs a shard. If it throws, the shard is retried, up to three tries in
   * total.
   */
  work(run: RunShard, options: WorkOptions): Promise<void>;
  /** The state of the queue. */
  counts(): Promise<QueueCounts>;
  /** Enqueues the failed shards again; returns their number. */
  retry(): Promise<number>;
  /** Removes all waiting shards; running ones are finished. Returns the number removed. */
  cancel(): Promise<number>;
  /** Ends the connections. */
  close(): Promise<void>;
}

/** Runs a shard. */
export type RunShard = (shard: number, attempt: ShardAttempt) => Promise<void>;

/** Options of a worker. */
export interface WorkOptions {
  /** Ends the work after the current shard. */
  readonly signal: AbortSignal;
  /** Called every few seconds while there is no shard to run. */
  readonly onIdle: () => void;
}

/** One try of a shard. */
export interface ShardAttempt {
  /** Fires when this worker has lost the shard. */
  readonly signal: AbortSignal;
  /** Whether the shard fails permanently if this try fails. */
  readonly isLast: boolean;
}

/** The state of a queue, in shards. */
export interface QueueCounts {
  readonly waiting: number;
  /** Being run by workers. */
  readonly active: number;
  /** Waiting for their next try. */
  readonly delayed: number;
  /** The shards that were given up, with the error of the last try. */
  readonly failed: readonly {
    readonly shard: number;
    readonly reason: string;
  }[];
  /** Whether the run was cancelled. */
  readonly isPaused: boolean;
}
