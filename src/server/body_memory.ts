import { Problem } from "./problem.ts";

/**
 * Reads bodies, and bounds what all of them take together. Bytes count as they come,
 * whatever `Content-Length` promises. Where there is no room, a sender has to wait:
 * all but the one that came first, which may go on to its own limit, so that there is
 * always one that gets done. So at most `capacity` and one body more are in memory,
 * and what each runtime reads ahead.
 */
export class BodyMemory {
  readonly #capacity: number;
  #held = 0;
  /** In the order in which they came. */
  readonly #readers = new Set<symbol>();
  readonly #waiting = new Set<() => void>();

  /** Room for `capacity` bytes. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * Reads a whole body and keeps it in memory while `use` needs it.
   *
   * @param limit The bytes that it may have.
   * @param onBytes Called with the number of bytes of each part as it comes.
   * @throws {Problem} When it is longer, or breaks off.
   * @throws What the signal's reason is, when it fires before all is read.
   */
  async hold<T>(
    stream: ReadableStream<Uint8Array>,
    limit: number,
    signal: AbortSignal,
    onBytes: (count: number) => void,
    use: (bytes: Uint8Array) => Promise<T>,
  ): Promise<T> {
    let length = 0;
    try {
      const bytes = await this.#read(stream, signal, (count) => {
        length += count;
        this.#held += count;
        onBytes(count);
        if (length > limit) throw bodyTooLarge(limit);
      });
      return await use(bytes);
    } finally {
      this.#held -= length;
      this.#wake();
    }
  }

  async #read(
    stream: ReadableStream<Uint8Array>,
    signal: AbortSignal,
    count: (bytes: number) => void,
  ): Promise<Uint8Array> {
    const me = Symbol();
    const reader = stream.getReader();
    // A read that is under way ends by that, as if the body did.
    const cancel = () => void reader.cancel().catch(() => {});
    signal.addEventListener("abort", cancel);
    this.#readers.add(me);
    try {
      const parts: Uint8Array[] = [];
      while (true) {
        await this.#room(me, signal);
        signal.throwIfAborted();
        const { done, value } = await reader.read().catch(breakOff);
        signal.throwIfAborted();
        if (done) return concat(parts);
        count(value.length);
        parts.push(value);
      }
    } catch (error) {
      cancel();
      throw error;
    } finally {
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

/** The refusal of a body of more than `limit` bytes. */
export function bodyTooLarge(limit: number): Problem {
  return new Problem(
    413,
    "body-too-large",
    `The body is too large: at most ${limit} bytes are read`,
  );
}

/** Nothing but the sender or the way ends a body with an error. */
function breakOff(cause: unknown): never {
  throw new Problem(400, "body-broken-off", "The body broke off", {}, {
    cause,
  });
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, it) => sum + it.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
