import type { Load } from "./options.ts";
import { Problem } from "./problem.ts";

/** Runs one of a request's images. */
export type Run = <T>(image: () => Promise<T>) => Promise<T>;

/** The reasons for refusing a request that may succeed later. */
const REFUSALS = {
  "draining": "The server is going away",
  "queue-full": "The server has more to do than it can queue",
  "overloaded": "The server has too much to do to answer in time",
} as const;

/** The number of recent image times in the median, and the minimum number for a median. */
const MAX_TIMES = 15;
const MIN_TIMES = 3;

/** A request that has a place in the queue. */
interface Placed {
  readonly client: string;
  begun: boolean;
  /** Fires when the request must give up its place to another client. */
  readonly leave: AbortController;
}

/**
 * Admits requests until it is closed, and gives a limited number of places to requests
 * with a complete body. So a client that sends two bytes and stalls takes no place. If
 * all places are taken, a client gets one from another client with more places, so that
 * no client can fill the queue alone.
 */
export class Admission {
  readonly #queue: number;
  readonly #concurrency: () => number;
  #visitors = 0;
  readonly #inside = new Set<Placed>();
  #running = 0;
  #times: number[] = [];
  #closed = false;
  #whenEmpty: (() => void)[] = [];

  /** Provides `queue` places in addition to the number of concurrent images. */
  constructor(queue: number, concurrency: () => number) {
    this.#queue = queue;
    this.#concurrency = concurrency;
  }

  /** The median time of recent images in ms, as slow outliers affect a mean; 0 at first. */
  get imageMs(): number {
    if (this.#times.length < MIN_TIMES) return 0;
    const sorted = this.#times.toSorted((a, b) => a - b);
    return sorted[sorted.length >> 1]!;
  }

  /** Whether it is closed to new requests. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The number of requests receiving and waiting, and of images running. */
  get load(): Load {
    let begun = 0;
    for (const it of this.#inside) if (it.begun) begun++;
    return {
      receiving: this.#visitors - this.#inside.size,
      waiting: this.#inside.size - begun,
      running: this.#running,
    };
  }

  /** Admits a request for the duration of `visit`. Throws a 503 if closed. */
  async visit<T>(visit: () => Promise<T>): Promise<T> {
    if (this.#closed) throw this.refusal("draining");
    this.#visitors++;
    try {
      return await visit();
    } finally {
      this.#visitors--;
      if (this.#visitors === 0) this.#whenEmpty.forEach((resolve) => resolve());
    }
  }

  /**
   * @throws {Problem} 503, when `client` gets no place, or would get no answer within
   * `ms`.
   */
  assertPlace(client: string, ms: number): void {
    if (this.#isFull() && !this.#lastOfMore(client)) {
      throw this.refusal("queue-full");
    }
    // It would wait in vain, and delay others.
    if (this.#waitMs(client) > ms) throw this.refusal("overloaded");
  }

  /**
   * Gives a request a place for the duration of `work`. Throws like
   * {@linkcode assertPlace}. The signal fires if it must give up its place before it has
   * run.
   */
  async enter<T>(
    client: string,
    ms: number,
    work: (run: Run, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.assertPlace(client, ms);
    if (this.#isFull()) {
      const other = this.#lastOfMore(client)!;
      this.#inside.delete(other);
      other.leave.abort(this.refusal("queue-full"));
    }
    const leave = new AbortController();
    const placed: Placed = { client, begun: false, leave };
    this.#inside.add(placed);
    try {
      return await work((image) => {
        placed.begun = true;
        return this.#run(image);
      }, leave.signal);
    } finally {
      this.#inside.delete(placed);
    }
  }

  /** Closes to new requests, and resolves when all others are done. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#visitors === 0) return;
    await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  /** The problem for a refused request, with the time to retry after. */
  refusal(code: keyof typeof REFUSALS): Problem {
    const seconds = Math.max(1, Math.ceil(this.#waitMs() / 1000));
    const headers = { "Retry-After": `${seconds}` };
    return new Problem(503, code, REFUSALS[code], { headers });
  }

  #isFull(): boolean {
    return this.#inside.size >= this.#concurrency() + this.#queue;
  }

  /**
   * The last waiting request of the client with the most places, if it has at least 2
   * more than `client`.
   */
  #lastOfMore(client: string): Placed | undefined {
    const counts = this.#countByClient();
    let most = (counts.get(client) ?? 0) + 1;
    let last: Placed | undefined;
    for (const it of this.#inside) {
      const count = counts.get(it.client)!;
      if (it.begun || count < most || (count === most && !last)) continue;
      most = count;
      last = it;
    }
    return last;
  }

  #countByClient(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { client } of this.#inside) {
      counts.set(client, (counts.get(client) ?? 0) + 1);
    }
    return counts;
  }

  async #run<T>(image: () => Promise<T>): Promise<T> {
    this.#running++;
    const begin = performance.now();
    try {
      return await image();
    } finally {
      this.#running--;
      this.#times.push(performance.now() - begin);
      if (this.#times.length > MAX_TIMES) this.#times.shift();
    }
  }

  /**
   * The estimated time to run all requests inside, or those before the next request of
   * `client`, since clients take turns.
   */
  #waitMs(client?: string): number {
    let before = this.#inside.size;
    if (client !== undefined) {
      const counts = this.#countByClient();
      const own = (counts.get(client) ?? 0) + 1;
      before = 0;
      for (const count of counts.values()) before += Math.min(count, own);
    }
    return before * this.imageMs / this.#concurrency();
  }
}
