import { yieldToEventLoop } from "../async/yield.ts";
import { Problem } from "./problem.ts";
import { TICK_MS, UploadRate } from "./upload_rate.ts";

/** How a body is read. */
export interface HoldOptions {
  /** Maximum bytes of the body. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** Called with the number of bytes of each chunk. */
  readonly onBytes: (count: number) => void;
}

/**
 * Reads bodies, and bounds the memory of all of them. Bytes count as they come, whatever
 * `Content-Length` promises. When the memory is full, senders wait, except the one that
 * came first: it may go on to its own limit, so that one always gets done. So the memory
 * holds `capacity` and one body at most, and what the runtime reads ahead. A sender that
 * sends next to nothing is cut off, sooner if others wait ({@linkcode UploadRate}).
 */
export class BodyMemory {
  readonly #capacity: number;
  readonly #tickMs: number;
  #held = 0;
  /** In order of arrival. */
  readonly #readers = new Set<symbol>();
  readonly #waiting = new Set<() => void>();

  /** Room for `capacity` bytes. Each sender's rate is measured every `tickMs`. */
  constructor(capacity: number, tickMs: number = TICK_MS) {
    this.#capacity = capacity;
    this.#tickMs = tickMs;
  }

  /**
   * Reads a whole body and keeps it in memory while `use` needs it.
   *
   * @throws {Problem} When it is longer than the limit, too slow, or breaks off.
   * @throws The signal's reason, when it fires before all is read.
   */
  async hold<T>(
    stream: ReadableStream<Uint8Array>,
    options: HoldOptions,
    use: (bytes: Uint8Array) => Promise<T>,
  ): Promise<T> {
    let held = 0;
    const take = (count: number) => {
      held += count;
      this.#held += count;
    };
    try {
      return await use(await this.#read(stream, options, take));
    } finally {
      this.#held -= held;
      this.#wake();
    }
  }

  /** @param take Called with the number of bytes before they are allocated. */
  async #read(
    stream: ReadableStream<Uint8Array>,
    { limit, signal, onBytes }: HoldOptions,
    take: (count: number) => void,
  ): Promise<Uint8Array> {
    const me = Symbol();
    const reader = stream.getReader();
    // A pending read then ends as if the body did.
    const cancel = () => void reader.cancel().catch(() => {});
    signal.addEventListener("abort", cancel);
    this.#readers.add(me);
    const rate = new UploadRate();
    const ticks = setInterval(() => {
      if (rate.tick(this.#waiting.size > 0)) cancel();
    }, this.#tickMs);
    try {
      // One buffer that grows: chunks may have one byte, and each is an object.
      let bytes = new Uint8Array();
      let length = 0;
      for (let chunks = 1;; chunks++) {
        rate.pause();
        await this.#room(me, signal);
        rate.resume();
        if (chunks % CHUNKS_AT_ONCE === 0) await yieldToEventLoop();
        signal.throwIfAborted();
        const { done, value } = await reader.read().catch(breakOff);
        signal.throwIfAborted();
        if (rate.isTooSlow) throw bodyTooSlow();
        if (done) return bytes.subarray(0, length);
        onBytes(value.length);
        rate.add(value.length);
        const end = length + value.length;
        if (end > limit) throw bodyTooLarge(limit);
        if (end > bytes.length) {
          const grown = Math.min(limit, Math.max(end, 2 * bytes.length));
          take(grown - bytes.length);
          const longer = new Uint8Array(grown);
          longer.set(bytes);
          bytes = longer;
        }
        bytes.set(value, length);
        length = end;
      }
    } catch (error) {
      cancel();
      throw error;
    } finally {
      clearInterval(ticks);
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
 * Chunks that have already come are read without the runtime doing anything else, and a
 * sender can always have the next one there: no timer would fire, no other body be read.
 */
const CHUNKS_AT_ONCE = 64;

export function bodyTooLarge(limit: number): Problem {
  return new Problem(
    413,
    "body-too-large",
    `The body is too large: at most ${limit} bytes are read`,
  );
}

export function bodyTooSlow(): Problem {
  return new Problem(408, "body-too-slow", "The body didn't come in time");
}

/** Only the sender or the network ends a body with an error. */
function breakOff(cause: unknown): never {
  throw new Problem(400, "body-broken-off", "The body broke off", { cause });
}
