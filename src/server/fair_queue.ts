import { Pool } from "../async/pool.ts";

/** The usage of a client. */
interface Share {
  /** The due time of its next turn, in ms on {@linkcode FairQueue}'s own clock. */
  due: number;
  /** The duration of its last turn, in ms. */
  cost: number;
  /** The longest of its recent turns, in ms. Older ones decay. */
  longest: number;
  /** The number of its running turns. */
  running: number;
}

/** The decay of the longest duration per turn. */
const DECAY = 0.8;

/** A turn is long if it takes this multiple of the usual time. */
const LONG = 2;

/**
 * Runs a limited number of actions concurrently, each in a turn. The next turn goes to
 * the client that has used the least time, and within a client to the oldest action. So a
 * client with many requests only delays itself (start-time fair queueing: Goyal, Vin and
 * Cheng, 1997).
 *
 * A turn can't be interrupted. So all clients with long turns together get at most half
 * of the turns, and the rest is for clients with short turns.
 */
export class FairQueue {
  readonly #turns: Pool<unknown>;
  readonly #shares = new Map<string, Share>();
  /** The due time of the last turn that began. Idle clients don't accumulate credit. */
  #clock = 0;

  readonly #maxLong: number;
  #long = 0;
  readonly #usual: () => number;
  readonly #now: () => number;

  /** @param usual The usual duration of a turn in ms; 0 while unknown. */
  constructor(
    concurrency: number,
    usual: () => number = () => 0,
    now: () => number = () => performance.now(),
  ) {
    this.#turns = new Pool(Array(concurrency));
    this.#maxLong = Math.max(1, concurrency >> 1);
    this.#usual = usual;
    this.#now = now;
  }

  /** Runs `action` in a turn. Throws the signal's reason if it fires before that. */
  async use<T>(
    signal: AbortSignal,
    client: string,
    action: (waited: boolean) => Promise<T>,
  ): Promise<T> {
    const rank = () =>
      this.#long >= this.#maxLong && this.#isLong(client)
        ? Infinity
        : this.#nextDue(client);
    let end = () => {};
    const onLend = () => void (end = this.#begin(client));
    try {
      return await this.#turns.use(async (_, waited) => {
        try {
          return await action(waited);
        } finally {
          end();
        }
      }, { signal, rank, onLend });
    } finally {
      this.#forgetIdle();
    }
  }

  /**
   * Begins a turn. Charges the last turn's duration, until the returned function corrects
   * it.
   */
  #begin(client: string): () => void {
    const isLong = this.#isLong(client);
    if (isLong) this.#long++;
    const share = this.#shares.get(client) ??
      { due: 0, cost: 0, longest: 0, running: 0 };
    this.#shares.set(client, share);
    this.#clock = Math.max(this.#clock, share.due);
    const charged = share.cost;
    share.due = this.#clock + charged;
    share.running++;
    const begin = this.#now();
    return () => {
      if (isLong) this.#long--;
      share.running--;
      share.cost = this.#now() - begin;
      share.due += share.cost - charged;
      share.longest = Math.max(share.cost, DECAY * share.longest);
    };
  }

  #isLong(client: string): boolean {
    const usual = this.#usual();
    return usual > 0 &&
      (this.#shares.get(client)?.longest ?? 0) > LONG * usual;
  }

  #nextDue(client: string): number {
    return Math.max(this.#clock, this.#shares.get(client)?.due ?? 0);
  }

  /** Deletes the records of clients that have used no more than their share. */
  #forgetIdle(): void {
    for (const [client, { due, running }] of this.#shares) {
      if (due <= this.#clock && running === 0) this.#shares.delete(client);
    }
  }
}
