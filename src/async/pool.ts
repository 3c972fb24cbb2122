/** Options for waiting for an item of a {@linkcode Pool}. */
interface QueueOptions {
  /** Cancels the wait. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The action's priority: the lowest rank is next, first come first served for equal
   * ranks. An action of rank `Infinity` waits even if an item is free. Ranks are
   * evaluated when an item is returned.
   */
  readonly rank?: () => number;
  /** Called when the item is lent, before other ranks are evaluated. */
  readonly onLend?: () => void;
}

interface Queued {
  readonly rank: () => number;
  begin(): void;
}

/** Items that are each lent to one action at a time. Other actions wait in a queue. */
export class Pool<T> {
  readonly #free: T[];
  readonly #queue = new Set<Queued>();

  constructor(items: Iterable<T>) {
    this.#free = [...items];
  }

  /**
   * Runs `action` with an item, immediately if one is free. Tells it whether it has
   * waited.
   */
  async use<R>(
    action: (item: T, waited: boolean) => Promise<R>,
    { signal, rank = () => 0, onLend = () => {} }: QueueOptions = {},
  ): Promise<R> {
    signal?.throwIfAborted();
    const waited = this.#free.length === 0 || rank() === Infinity;
    const lend = () => {
      const item = this.#free.pop()!;
      onLend();
      return item;
    };
    const item = waited ? await this.#wait(rank, lend, signal) : lend();
    try {
      return await action(item, waited);
    } finally {
      this.#free.push(item);
      this.#serveQueue();
    }
  }

  #wait(
    rank: () => number,
    lend: () => T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#queue.delete(queued);
        signal?.removeEventListener("abort", abort);
      };
      const abort = () => {
        leave();
        reject(signal?.reason);
      };
      const queued: Queued = {
        rank,
        // Only resolves the promise, so that the action runs in its caller's context. A
        // Worker cancels the timers of a request when that ends, including those of other
        // actions that it started.
        begin: () => {
          leave();
          resolve(lend());
        },
      };
      this.#queue.add(queued);
      signal?.addEventListener("abort", abort);
    });
  }

  #serveQueue(): void {
    while (this.#free.length > 0) {
      let next: Queued | undefined;
      let lowest = Infinity;
      for (const queued of this.#queue) {
        const rank = queued.rank();
        if (rank < lowest) [next, lowest] = [queued, rank];
      }
      if (!next) return;
      next.begin();
    }
  }
}
