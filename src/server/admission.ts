import type { Load } from "./options.ts";
import { Problem } from "./problem.ts";

/** Runs one of a visitor's images. */
export type Run = <T>(image: () => Promise<T>) => Promise<T>;

/** Why work is refused that would be done at another time. */
const REFUSALS = {
  "draining": "The server is going away",
  "queue-full": "The server has more to do than it can queue",
  "overloaded": "The server has too much to do to answer in time",
} as const;

/** Lets requests in, so many and no more, until it is closed. */
export class Admission {
  #inside = 0;
  #begun = 0;
  #running = 0;
  #pace = 0;
  #closed = false;
  #whenEmpty: (() => void)[] = [];

  /** What an image takes to run, by those of late, in ms; 0 before the first. */
  get pace(): number {
    return this.#pace;
  }

  /** Whether nobody is let in any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** How many wait and how many run. */
  get load(): Load {
    return { waiting: this.#inside - this.#begun, running: this.#running };
  }

  /**
   * Lets a request in, for as long as `visit` takes.
   *
   * @param capacity How many there may be.
   * @param atOnce How many images run at once.
   * @param patience The ms in which there must be an answer.
   * @throws {Problem} 503, when there is no place, too much to do, or it is closed.
   */
  async enter<T>(
    capacity: number,
    atOnce: number,
    patience: number,
    visit: (run: Run) => Promise<T>,
  ): Promise<T> {
    if (this.#closed) throw this.refusal("draining", atOnce);
    if (this.#inside >= capacity) throw this.refusal("queue-full", atOnce);
    // It would wait in vain, and whom it would make wait too.
    if (this.#wait(atOnce) > patience) throw this.refusal("overloaded", atOnce);
    this.#inside++;
    let begun = 0;
    try {
      return await visit((image) => {
        if (begun++ === 0) this.#begun++;
        return this.#run(image);
      });
    } finally {
      this.#inside--;
      if (begun > 0) this.#begun--;
      if (this.#inside === 0) this.#whenEmpty.forEach((resolve) => resolve());
    }
  }

  /** Lets nobody in any more; resolves when all have left. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#inside === 0) return;
    await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  async #run<T>(image: () => Promise<T>): Promise<T> {
    this.#running++;
    const begin = performance.now();
    try {
      return await image();
    } finally {
      this.#running--;
      const ms = performance.now() - begin;
      this.#pace += (ms - this.#pace) / (this.#pace === 0 ? 1 : 8);
    }
  }

  /** A refusal that says when to try again. */
  refusal(code: keyof typeof REFUSALS, atOnce: number): Problem {
    const seconds = Math.max(1, Math.ceil(this.#wait(atOnce) / 1000));
    return new Problem(503, code, REFUSALS[code], {
      "Retry-After": `${seconds}`,
    });
  }

  /** The ms until all that are inside have been run. */
  #wait(atOnce: number): number {
    return this.#inside * this.#pace / atOnce;
  }
}
