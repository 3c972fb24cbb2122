/** How an action waits for an item of a {@linkcode Pool}. */
export interface QueueOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The action's place in the queue: the lowest rank is next, and of equal ranks the
   * one that came first. An action of rank `Infinity` waits even if an item is free.
   * Ranks are asked for when an item is given back.
   */
  readonly rank?: () => number;
}

interface Queued<T> {
  readonly rank: () => number;
  begin(item: T): void;
}

/** Items that are each lent to one action at a time. The others wait in a queue. */
export class Pool<T> {
  readonly #free: T[];
  readonly #queue = new Set<Queued<T>>();

  /** Lends `items`. */
  constructor(items: Iterable<T>) {
    this.#free = [...items];
  }

  /**
   * Runs `action` with an item, at once if one is free.
   *
   * @param action Is told whether it had to wait.
   * @throws The signal's reason, when it fires before an item is free.
   */
  use<R>(
    action: (item: T, waited: boolean) => Promise<R>,
    { signal, rank = () => 0 }: QueueOptions = {},
  ): Promise<R> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#free.length > 0 && rank() < Infinity) {
        resolve(this.#lend(this.#free.pop()!, (item) => action(item, false)));
        return;
      }
      const leave = () => {
        this.#queue.delete(queued);
        signal?.removeEventListener("abort", abort);
      };
      const abort = () => {
        leave();
        reject(signal?.reason);
      };
      const queued: Queued<T> = {
        rank,
        begin: (item) => {
          leave();
          resolve(this.#lend(item, (item) => action(item, true)));
        },
      };
      this.#queue.add(queued);
      signal?.addEventListener("abort", abort);
    });
  }

  async #lend<R>(item: T, action: (item: T) => Promise<R>): Promise<R> {
    try {
      return await action(item);
    } finally {
      this.#free.push(item);
      this.#serveQueue();
    }
  }

  #serveQueue(): void {
    while (this.#free.length > 0) {
      let next: Queued<T> | undefined;
      let lowest = Infinity;
      for (const queued of this.#queue) {
        const rank = queued.rank();
        if (rank < lowest) [next, lowest] = [queued, rank];
      }
      if (!next) return;
      next.begin(this.#free.pop()!);
    }
  }
}
