/** What a client has had of the turns. */
interface Share {
  /** When its next turn is due, in ms of {@linkcode Turns}' own clock. */
  due: number;
  /** What its last turn took, in ms. */
  cost: number;
  /** The most that one of its last turns took, in ms: older ones count less. */
  most: number;
  /** How many turns it has. */
  running: number;
}

/** Who waits. */
interface Waiting {
  readonly client: string;
  begin(): void;
}

/** How much older turns count, of each that comes after. */
const DECAY = 0.8;

/** How many times the usual a turn takes that is long. */
const LONG = 2;

/**
 * Gives turns, so many at once. Who has none waits: the next is of the client that has
 * had the least time, and of one client in the order of asking. So a client that asks for
 * much waits for itself (start-time fair queueing: Goyal, Vin and Cheng, 1997).
 *
 * A turn can't be taken back. So clients whose turns are long have half of them at
 * most, however many they are: the others are for those whose turns are short.
 */
export class Turns {
  #free: number;
  readonly #waiting = new Set<Waiting>();
  readonly #shares = new Map<string, Share>();
  /** The due time of the last turn that began: nobody saves up time by not asking. */
  #clock = 0;

  readonly #mostLong: number;
  #long = 0;
  readonly #usual: () => number;
  readonly #now: () => number;

  /**
   * `concurrency` turns, at least 1.
   *
   * @param usual What a turn usually takes, in ms; 0 while that isn't known.
   * @param now The time in ms.
   */
  constructor(
    concurrency: number,
    usual: () => number = () => 0,
    now: () => number = () => performance.now(),
  ) {
    this.#free = concurrency;
    this.#mostLong = Math.max(1, concurrency >> 1);
    this.#usual = usual;
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
    const waits = !this.#mayBegin(client);
    const end = waits ? await this.#next(signal, client) : this.#begin(client);
    try {
      return await action(waits);
    } finally {
      end();
      this.#giveOn();
    }
  }

  /**
   * Begins a turn, which is taken to cost as much as the client's last one.
   *
   * @returns What ends it.
   */
  #begin(client: string): () => void {
    const isLong = this.#isLong(client);
    this.#free--;
    if (isLong) this.#long++;
    const share = this.#shares.get(client) ??
      { due: 0, cost: 0, most: 0, running: 0 };
    this.#shares.set(client, share);
    this.#clock = Math.max(this.#clock, share.due);
    const charged = share.cost;
    share.due = this.#clock + charged;
    share.running++;
    const begin = this.#now();
    return () => {
      this.#free++;
      if (isLong) this.#long--;
      share.running--;
      share.cost = this.#now() - begin;
      share.due += share.cost - charged;
      share.most = Math.max(share.cost, DECAY * share.most);
    };
  }

  #mayBegin(client: string): boolean {
    return this.#free > 0 &&
      (this.#long < this.#mostLong || !this.#isLong(client));
  }

  #isLong(client: string): boolean {
    const usual = this.#usual();
    return usual > 0 &&
      (this.#shares.get(client)?.most ?? 0) > LONG * usual;
  }

  #giveOn(): void {
    while (true) {
      let next: Waiting | undefined;
      for (const it of this.#waiting) {
        if (!this.#mayBegin(it.client)) continue;
        if (!next || this.#dueOf(it) < this.#dueOf(next)) next = it;
      }
      if (!next) break;
      next.begin();
    }
    // Who has had no more than others needs no record.
    for (const [client, { due, running }] of this.#shares) {
      if (due <= this.#clock && running === 0) this.#shares.delete(client);
    }
  }

  #dueOf({ client }: Waiting): number {
    return Math.max(this.#clock, this.#shares.get(client)?.due ?? 0);
  }

  /** Waits for a turn, and gives what ends it. */
  #next(signal: AbortSignal, client: string): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        leave();
        resolve(this.#begin(client));
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
