/** What a client has had of the turns. */
interface Share {
  /** When its next turn is due, in ms of {@linkcode Turns}' own clock. */
  due: number;
  /** What its last turn took, in ms. */
  cost: number;
  /** How many turns it has. */
  running: number;
}

/** Who waits. */
interface Waiting {
  readonly client: string;
  begin(): void;
}

/**
 * Gives turns, so many at once. Who has none waits: the next is of the client that has
 * had the least time, and of one client in the order of asking. So whoever asks for
 * much waits for itself (start-time fair queueing: Goyal, Vin and Cheng, 1997).
 */
export class Turns {
  #free: number;
  readonly #waiting = new Set<Waiting>();
  readonly #shares = new Map<string, Share>();
  /** The due time of the last turn that began: nobody saves up time by not asking. */
  #clock = 0;

  readonly #now: () => number;

  /**
   * `atOnce` turns, at least 1.
   *
   * @param now The time in ms.
   */
  constructor(atOnce: number, now: () => number = () => performance.now()) {
    this.#free = atOnce;
    this.#now = now;
  }

  /**
   * Waits for a turn and does `action` in it.
   *
   * @param client Who asks.
   * @param action Is told whether it had to wait.
   * @throws What the signal's reason is, when it fires before the turn comes.
   */
  async use<T>(
    signal: AbortSignal,
    client: string,
    action: (waited: boolean) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const waits = this.#free === 0;
    if (waits) await this.#next(signal, client);
    else this.#free--;
    const begin = this.#now();
    const share = this.#begin(client);
    const charged = share.cost;
    try {
      return await action(waits);
    } finally {
      share.running--;
      share.cost = this.#now() - begin;
      share.due += share.cost - charged;
      this.#giveOn();
    }
  }

  /** Begins a turn, which is taken to cost as much as the client's last one. */
  #begin(client: string): Share {
    const share = this.#shares.get(client) ??
      { due: 0, cost: 0, running: 0 };
    this.#shares.set(client, share);
    this.#clock = Math.max(this.#clock, share.due);
    share.due = this.#clock + share.cost;
    share.running++;
    return share;
  }

  #giveOn(): void {
    let next: Waiting | undefined;
    for (const it of this.#waiting) {
      if (!next || this.#dueOf(it) < this.#dueOf(next)) next = it;
    }
    if (next) next.begin();
    else this.#free++;
    // Who has had no more than others needs no record.
    for (const [client, { due, running }] of this.#shares) {
      if (due <= this.#clock && running === 0) this.#shares.delete(client);
    }
  }

  #dueOf({ client }: Waiting): number {
    return Math.max(this.#clock, this.#shares.get(client)?.due ?? 0);
  }

  #next(signal: AbortSignal, client: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        leave();
        resolve();
      };
      const giveUp = () => {
        leave();
        reject(signal.reason);
      };
      const waiting = { client, begin };
      const leave = () => {
        this.#waiting.delete(waiting);
        signal.removeEventListener("abort", giveUp);
      };
      this.#waiting.add(waiting);
      signal.addEventListener("abort", giveUp);
    });
  }
}
