import type { Load } from "./options.ts";
import { Problem } from "./problem.ts";

/** Runs one of a request's images. */
export type Run = <T>(image: () => Promise<T>) => Promise<T>;

/** Why work is refused that would be done at another time. */
const REFUSALS = {
  "draining": "The server is going away",
  "queue-full": "The server has more to do than it can queue",
  "overloaded": "The server has too much to do to answer in time",
} as const;

/** How many images the pace is the median of, and how few say nothing yet. */
const TIMES = 15;
const FEW_TIMES = 3;

/** A request that has a place. */
interface Placed {
  readonly client: string;
  begun: boolean;
  /** Fires when it has to leave its place to another client. */
  readonly leave: AbortController;
}

/**
 * Lets requests in until it is closed, and gives places, so many and no more, to those
 * whose body is there: a client that sends two bytes and waits takes no place. Where
 * there is none, a client takes one from another that has more, so that nobody can
 * fill the queue alone.
 */
export class Admission {
  #visitors = 0;
  readonly #inside = new Set<Placed>();
  #running = 0;
  #times: number[] = [];
  #closed = false;
  #whenEmpty: (() => void)[] = [];

  /**
   * What an image takes to run, in ms: the median of the last ones, so that a few which
   * take long don't turn the others away; 0 before there are enough.
   */
  get pace(): number {
    if (this.#times.length < FEW_TIMES) return 0;
    const sorted = this.#times.toSorted((a, b) => a - b);
    return sorted[sorted.length >> 1]!;
  }

  /** Whether nobody is let in any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** How many send, wait and run. */
  get load(): Load {
    let begun = 0;
    for (const it of this.#inside) if (it.begun) begun++;
    return {
      receiving: this.#visitors - this.#inside.size,
      waiting: this.#inside.size - begun,
      running: this.#running,
    };
  }

  /**
   * Lets a request in, for as long as `visit` takes.
   *
   * @throws {Problem} 503, when it is closed.
   */
  async visit<T>(concurrency: number, visit: () => Promise<T>): Promise<T> {
    if (this.#closed) throw this.refusal("draining", concurrency);
    this.#visitors++;
    try {
      return await visit();
    } finally {
      this.#visitors--;
      if (this.#visitors === 0) this.#whenEmpty.forEach((resolve) => resolve());
    }
  }

  /**
   * Expects that a request would have a place now.
   *
   * @param client Who asks.
   * @param capacity How many places there are.
   * @param concurrency How many images run at once.
   * @param patience The ms in which there must be an answer.
   * @throws {Problem} 503, when there is no place, or too much to do.
   */
  assertPlace(
    client: string,
    capacity: number,
    concurrency: number,
    patience: number,
  ): void {
    if (this.#inside.size >= capacity && !this.#lastOfMore(client)) {
      throw this.refusal("queue-full", concurrency);
    }
    // It would wait in vain, and whom it would make wait too.
    if (this.#wait(concurrency, client) > patience) {
      throw this.refusal("overloaded", concurrency);
    }
  }

  /**
   * Gives a request a place, for as long as `work` takes.
   *
   * @param work Is given a signal that fires when it must leave before it has run.
   * @throws {Problem} As {@linkcode assertPlace} does.
   */
  async enter<T>(
    client: string,
    capacity: number,
    concurrency: number,
    patience: number,
    work: (run: Run, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.assertPlace(client, capacity, concurrency, patience);
    if (this.#inside.size >= capacity) {
      const other = this.#lastOfMore(client)!;
      this.#inside.delete(other);
      other.leave.abort(this.refusal("queue-full", concurrency));
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

  /** The last that waits of the client with the most places, if it has 2 more. */
  #lastOfMore(client: string): Placed | undefined {
    const counts = this.#counts();
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

  /** How many places each client has. */
  #counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { client } of this.#inside) {
      counts.set(client, (counts.get(client) ?? 0) + 1);
    }
    return counts;
  }

  /** Lets nobody in any more; resolves when all have left. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#visitors === 0) return;
    await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  async #run<T>(image: () => Promise<T>): Promise<T> {
    this.#running++;
    const begin = performance.now();
    try {
      return await image();
    } finally {
      this.#running--;
      this.#times.push(performance.now() - begin);
      if (this.#times.length > TIMES) this.#times.shift();
    }
  }

  /** A refusal that says when to try again. */
  refusal(code: keyof typeof REFUSALS, concurrency: number): Problem {
    const seconds = Math.max(1, Math.ceil(this.#wait(concurrency) / 1000));
    return new Problem(503, code, REFUSALS[code], {
      "Retry-After": `${seconds}`,
    });
  }

  /**
   * The ms until all that are inside have been run, or those that go before the next
   * request of `client`: turns go round among clients.
   */
  #wait(concurrency: number, client?: string): number {
    let before = this.#inside.size;
    if (client !== undefined) {
      const counts = this.#counts();
      const own = (counts.get(client) ?? 0) + 1;
      before = 0;
      for (const count of counts.values()) before += Math.min(count, own);
    }
    return before * this.pace / concurrency;
  }
}
