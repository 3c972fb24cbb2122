import type { Load } from "./options.ts";
import { Problem } from "./problem.ts";

/** Runs one of a visitor's images. */
export type Run = <T>(image: () => Promise<T>) => Promise<T>;

/** Lets requests in, so many and no more, until it is closed. */
export class Admission {
  #inside = 0;
  #begun = 0;
  #running = 0;
  /** What an image took of late, in ms. */
  #pace = 0;
  #closed = false;
  #whenEmpty: (() => void)[] = [];

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
   * @throws {Problem} 503, when there is no place or it is closed.
   */
  async enter<T>(
    capacity: number,
    atOnce: number,
    visit: (run: Run) => Promise<T>,
  ): Promise<T> {
    if (this.#closed || this.#inside >= capacity) throw this.#refusal(atOnce);
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
      this.#pace += (performance.now() - begin - this.#pace) / 8;
    }
  }

  #refusal(atOnce: number): Problem {
    const seconds = this.#inside * this.#pace / atOnce / 1000;
    return new Problem(
      503,
      this.#closed ? "draining" : "queue-full",
      this.#closed
        ? "The server is going away"
        : "The server has more to do than it can queue",
      { "Retry-After": `${Math.max(1, Math.ceil(seconds))}` },
    );
  }
}
