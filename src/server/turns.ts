/**
 * Gives turns, so many at once. Who has none waits, in the order of asking.
 */
export class Turns {
  #free: number;
  readonly #waiting = new Set<() => void>();

  /** `atOnce` turns, at least 1. */
  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /**
   * Waits for a turn and does `action` in it.
   *
   * @throws What the signal's reason is, when it fires before the turn comes.
   */
  async use<T>(signal: AbortSignal, action: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#next(signal);
    try {
      return await action();
    } finally {
      const [next] = this.#waiting;
      if (next) next();
      else this.#free++;
    }
  }

  #next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        leave();
        resolve();
      };
      const giveUp = () => {
        leave();
        reject(signal.reason);
      };
      const leave = () => {
        this.#waiting.delete(begin);
        signal.removeEventListener("abort", giveUp);
      };
      this.#waiting.add(begin);
      signal.addEventListener("abort", giveUp);
    });
  }
}
