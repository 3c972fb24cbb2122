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
   * @param action Is told whether it had to wait.
   * @throws What the signal's reason is, when it fires before the turn comes.
   */
  async use<T>(
    signal: AbortSignal,
    action: (waited: boolean) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const waits = this.#free === 0;
    if (waits) await this.#next(signal);
    else this.#free--;
    try {
      return await action(waits);
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
