/** What hands out the shards of one batch run to workers on many machines. */
export interface ShardQueue {
  /**
   * Enqueues shards. One that is there already isn't added again, except that a shard
   * whose job had ended is tried again; a run that was cancelled goes on.
   *
   * @returns How many were added.
   */
  add(shards: Iterable<number>): Promise<number>;
  /**
   * Takes shards one after the other until `signal` fires; the shard in hand is finished
   * then.
   *
   * @param run Does a shard. Its signal fires when another worker has the shard; when it
   * throws, the shard is tried again, up to three times in all.
   * @param onIdle Called every few seconds while there is no shard to take.
   */
  work(
    run: (shard: number, attempt: ShardAttempt) => Promise<void>,
    options: { readonly signal: AbortSignal; readonly onIdle: () => void },
  ): Promise<void>;
  /** What is in the queue. */
  counts(): Promise<QueueCounts>;
  /** Enqueues the failed shards again; returns how many. */
  retry(): Promise<number>;
  /** Takes all waiting shards out; those in hand are finished. Returns how many. */
  cancel(): Promise<number>;
  /** Ends the connections. */
  close(): Promise<void>;
}

/** One of the tries of a shard. */
export interface ShardAttempt {
  /** Fires when the shard isn't this worker's any more. */
  readonly signal: AbortSignal;
  /** Whether a shard that fails now has failed for good. */
  readonly isLast: boolean;
}

/** What is in a queue, in shards. */
export interface QueueCounts {
  readonly waiting: number;
  /** In the hands of workers. */
  readonly active: number;
  /** Waiting for their next try. */
  readonly delayed: number;
  /** Those that were given up, with the reason of the last try. */
  readonly failed: readonly {
    readonly shard: number;
    readonly reason: string;
  }[];
  /** Whether the run was cancelled. */
  readonly isPaused: boolean;
}
