import { Pool } from "../async/pool.ts";

/** What a client has used. */
interface Share {
  /** When its next turn is due, in ms of {@linkcode FairQueue}'s own clock. */
  due: number;
  /** What its last turn took, in ms. */
  cost: number;
  /** The longest of its last turns, in ms: older ones count less. */
  longest: number;
  /** How many of its turns run. */
  running: number;
}

/** By how much each turn lessens how long older ones count. */
const DECAY = 0.8;

/** A turn is long from so many times the usual on. */
const LONG = 2;

/**
 * Runs a number of actions at a time, each in a turn. The next turn goes to the client
 * that has had the least time, and among a client's actions to the oldest. So a client
 * that asks for much waits for itself (start-time fair queueing: Goyal, Vin and Cheng,
 * 1997).
 *
 * A turn can't be taken back. So clients whose turns are long have half of the turns at
 * most, however many they are: the rest is for those whose turns are short.
 */
export class FairQueue {
  readonly #turns: Pool<unknown>;
  readonly #shares = new Map<string, Share>();
  /** The due time of the last turn that began: nobody saves up time by not asking. */
  #clock = 0;

  readonly #maxLong: number;
  #long = 0;
  readonly #usual: () => number;
  readonly #now: () => number;

  /** @param usual What a turn usually takes, in ms; 0 while that isn't known. */
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

  /** Runs `action` in a turn, or throws the signal's reason if it fires before that. */
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

  /** Begins a turn, charged what the last one took until the returned function ends it. */
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

  /** A client that has had no more than others needs no record. */
  #forgetIdle(): void {
    for (const [client, { due, running }] of this.#shares) {
      if (due <= this.#clock && running === 0) this.#shares.delete(client);
    }
  }
}
