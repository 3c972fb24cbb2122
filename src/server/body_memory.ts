import { yieldToEventLoop } from "../async/yield.ts";
import { Pace, TICK_MS } from "./pace.ts";
import { Problem } from "./problem.ts";

/**
 * Reads bodies, and bounds what all of them take together. What is taken counts as
 * bytes come, whatever `Content-Length` promises. Where there is no room, a sender has
 * to wait: all but the one that came first, which may go on to its own limit, so that
 * there is always one that gets done. So at most `capacity` and one body more are in
 * memory, and what the runtime reads ahead. Who sends next to nothing is ended, sooner
 * where others have to wait ({@linkcode Pace}).
 */
export class BodyMemory {
  readonly #capacity: number;
  readonly #tick: number;
  #held = 0;
  /** In the order in which they came. */
  readonly #readers = new Set<symbol>();
  readonly #waiting = new Set<() => void>();

  /**
   * Room for `capacity` bytes.
   *
   * @param tick How often to look at each sender's pace, in ms.
   */
  constructor(capacity: number, tick: number = TICK_MS) {
    this.#capacity = capacity;
    this.#tick = tick;
  }

  /**
   * Reads a whole body and keeps it in memory while `use` needs it.
   *
   * @param limit The bytes that it may have.
   * @param onBytes Called with the number of bytes of each part as it comes.
   * @throws {Problem} When it is longer, comes too slowly, or breaks off.
   * @throws What the signal's reason is, when it fires before all is read.
   */
  async hold<T>(
    stream: ReadableStream<Uint8Array>,
    limit: number,
    signal: AbortSignal,
    onBytes: (count: number) => void,
    use: (bytes: Uint8Array) => Promise<T>,
  ): Promise<T> {
    let held = 0;
    try {
      const bytes = await this.#read(
        stream,
        limit,
        signal,
        onBytes,
        (count) => {
          held += count;
          this.#held += count;
        },
      );
      return await use(bytes);
    } finally {
      this.#held -= held;
      this.#wake();
    }
  }

  /** @param onTaken Called with the number of bytes of memory that are taken. */
  async #read(
    stream: ReadableStream<Uint8Array>,
    limit: number,
    signal: AbortSignal,
    onBytes: (count: number) => void,
    onTaken: (count: number) => void,
  ): Promise<Uint8Array> {
    const me = Symbol();
    const reader = stream.getReader();
    // A read that is under way ends by that, as if the body did.
    const cancel = () => void reader.cancel().catch(() => {});
    signal.addEventListener("abort", cancel);
    this.#readers.add(me);
    const pace = new Pace();
    const watch = setInterval(() => {
      if (pace.tick(this.#waiting.size > 0)) cancel();
    }, this.#tick);
    try {
      // One buffer that grows: parts may be of one byte, and each is an object.
      let bytes = new Uint8Array();
      let length = 0;
      for (let parts = 1;; parts++) {
        pace.pause();
        await this.#room(me, signal);
        pace.resume();
        if (parts % PARTS_AT_ONCE === 0) await yieldToEventLoop();
        signal.throwIfAborted();
        const { done, value } = await reader.read().catch(breakOff);
        signal.throwIfAborted();
        if (pace.isTooSlow) throw bodyTooSlow();
        if (done) return bytes.subarray(0, length);
        onBytes(value.length);
        pace.add(value.length);
        const end = length + value.length;
        if (end > limit) throw bodyTooLarge(limit);
        if (end > bytes.length) {
          const grown = Math.min(limit, Math.max(end, 2 * bytes.length));
          onTaken(grown - bytes.length);
          bytes = enlarge(bytes, grown);
        }
        bytes.set(value, length);
        length = end;
      }
    } catch (error) {
      cancel();
      throw error;
    } finally {
      clearInterval(watch);
      signal.removeEventListener("abort", cancel);
      this.#readers.delete(me);
      this.#wake();
    }
  }

  /** Resolves when `reader` may read on, or its signal fires. */
  async #room(reader: symbol, signal: AbortSignal): Promise<void> {
    const isFirst = () => this.#readers.values().next().value === reader;
    while (this.#held >= this.#capacity && !isFirst() && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener("abort", wake);
      });
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

/**
 * Parts that are there already are read without the runtime's doing anything else, and
 * a sender can always have the next one there: no timer would fire, nobody else be read.
 */
const PARTS_AT_ONCE = 64;

/** The refusal of a body of more than `limit` bytes. */
export function bodyTooLarge(limit: number): Problem {
  return new Problem(
    413,
    "body-too-large",
    `The body is too large: at most ${limit} bytes are read`,
  );
}

/** The refusal of a body that comes too slowly. */
export function bodyTooSlow(): Problem {
  return new Problem(408, "body-too-slow", "The body didn't come in time");
}

/** Nothing but the sender or the way ends a body with an error. */
function breakOff(cause: unknown): never {
  throw new Problem(400, "body-broken-off", "The body broke off", {}, {
    cause,
  });
}

function enlarge(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const enlarged = new Uint8Array(length);
  enlarged.set(bytes);
  return enlarged;
}
