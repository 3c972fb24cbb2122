import { yieldToEventLoop } from "../async/yield.ts";
import { enlargeBytes, freeBytes } from "../io/free_bytes.ts";
import { isCloudflareWorker } from "../runtime/environment.ts";
import { chunkReader } from "./chunk_reader.ts";
import { Problem } from "./problem.ts";

/** Options for reading a body. */
export interface HoldOptions {
  /** Maximum bytes of the body. */
  readonly limit: number;
  /** The number of bytes that the sender announces; 0 if unknown. */
  readonly expected: number;
  readonly signal: AbortSignal;
  /** Called with the number of bytes of each chunk. */
  readonly onBytes: (count: number) => void;
}

/**
 * Reads bodies and limits their total memory. Bytes count as they arrive, whatever
 * `Content-Length` states. When the memory is full, senders wait (backpressure). If it is
 * filled with incomplete bodies only, the oldest one may continue up to its own limit, so
 * that one always completes. So at most `capacity` plus one body is in memory, plus the
 * runtime's own buffers. A very slow sender is cut off, earlier if others wait
 * ({@linkcode UploadRate}).
 */
export class BodyMemory {
  readonly #capacity: () => number;
  readonly #tickMs: number;
  #held = 0;
  /** The part of it in complete bodies, which is freed when their images are done. */
  #heldWhole = 0;
  /** In order of arrival. */
  readonly #readers = new Set<symbol>();
  readonly #waiting = new Set<() => void>();
  /**
   * Whether waiting senders poll for room. In a Cloudflare Worker, a woken sender
   * continues in the context of the request that woke it, which can't read another
   * request's body.
   */
  readonly #isPolled = isCloudflareWorker();

  /** Creates room for `capacity()` bytes. Each sender's rate is measured every `tickMs`. */
  constructor(capacity: () => number, tickMs: number = TICK_MS) {
    this.#capacity = capacity;
    this.#tickMs = tickMs;
  }

  /**
   * Reads a whole body, and keeps it in memory for the duration of `use`.
   *
   * @throws {Problem} When it is longer than the limit, too slow, or incomplete.
   * @throws The signal's reason, when it fires before the body is complete.
   */
  async hold<T>(
    stream: ReadableStream<Uint8Array>,
    options: HoldOptions,
    use: (bytes: Uint8Array) => Promise<T>,
  ): Promise<T> {
    const body = { held: 0, isWhole: false };
    let bytes: Uint8Array | undefined;
    try {
      bytes = await this.#read(stream, options, body);
      return await use(bytes);
    } finally {
      if (bytes !== undefined) freeBytes(bytes);
      this.#held -= body.held;
      if (body.isWhole) this.#heldWhole -= body.held;
      this.#wake();
    }
  }

  /** @param body The memory it takes, and whether it is complete. */
  async #read(
    stream: ReadableStream<Uint8Array>,
    { limit, expected, signal, onBytes }: HoldOptions,
    body: { held: number; isWhole: boolean },
  ): Promise<Uint8Array> {
    const me = Symbol();
    const reader = chunkReader(stream);
    // Then a pending read ends as if the body had ended.
    const cancel = () => void reader.cancel().catch(() => {});
    signal.addEventListener("abort", cancel);
    this.#readers.add(me);
    const rate = new UploadRate();
    const ticks = setInterval(() => {
      // A complete body will free memory soon.
      if (rate.tick(this.#waiting.size > 0 && this.#heldWhole === 0)) cancel();
    }, this.#tickMs);
    try {
      // Uses one growing buffer: chunks may have a single byte each, plus the overhead of
      // an object.
      let bytes = new Uint8Array();
      let length = 0;
      for (let chunks = 1;; chunks++) {
        await this.#room(1, me, rate, signal);
        if (chunks % CHUNKS_AT_ONCE === 0) await yieldToEventLoop();
        signal.throwIfAborted();
        const chunk = await reader.read().catch(breakOff);
        signal.throwIfAborted();
        if (rate.isTooSlow) throw bodyTooSlow();
        if (chunk === undefined) {
          body.isWhole = true;
          this.#heldWhole += body.held;
          return bytes.subarray(0, length);
        }
        onBytes(chunk.length);
        rate.add(chunk.length);
        const end = length + chunk.length;
        if (end > limit) throw bodyTooLarge(limit);
        if (end > bytes.length) {
          // The size doubles, or becomes the announced size once an eighth has arrived.
          // The old and the new buffer are briefly in memory together.
          const isNear = expected > end && expected <= 8 * end;
          const next = isNear ? expected : Math.max(end, 2 * bytes.length);
          const grown = Math.min(limit, next);
          const more = grown - bytes.length;
          // Other senders may have used the room meanwhile.
          await this.#room(more, me, rate, signal);
          body.held += more;
          this.#held += more;
          bytes = enlargeBytes(bytes, grown);
        }
        bytes.set(chunk, length);
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

  /** Resolves when `reader` may use `bytes` more; throws when its signal fires. */
  async #room(
    bytes: number,
    reader: symbol,
    rate: UploadRate,
    signal: AbortSignal,
  ): Promise<void> {
    const mayGoOn = () =>
      this.#held + bytes <= this.#capacity() ||
      this.#heldWhole === 0 && this.#readers.values().next().value === reader;
    rate.pause();
    while (!mayGoOn() && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          clearTimeout(timer);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        const timer = this.#isPolled ? setTimeout(wake, POLL_MS) : undefined;
        this.#waiting.add(wake);
        signal.addEventListener("abort", wake);
      });
    }
    rate.resume();
    signal.throwIfAborted();
  }

  #wake(): void {
    if (this.#isPolled) return;
    for (const wake of [...this.#waiting]) wake();
  }
}

/**
 * Chunks that have already arrived are read without returning to the event loop. A fast
 * sender could always have the next one ready, so that no timer fires and no other body
 * is read.
 */
const CHUNKS_AT_ONCE = 64;

export function bodyTooLarge(limit: number): Problem {
  const detail = `The body is too large: at most ${limit} bytes are read`;
  return new Problem(413, "body-too-large", detail);
}

export function bodyTooSlow(): Problem {
  return new Problem(408, "body-too-slow", "The body didn't come in time");
}

/** A body's stream only fails because of the sender or the network. */
function breakOff(cause: unknown): never {
  throw new Problem(400, "body-broken-off", "The body broke off", { cause });
}

/** The interval for polling for room, in ms. */
const POLL_MS = 20;

/** The interval for measuring a sender's rate, in ms. */
const TICK_MS = 2000;

/** The minimum bytes per {@linkcode WINDOW_TICKS}: 1 KiB a second. */
const MIN_BYTES = 6 * 2 ** 10;
const WINDOW_TICKS = 3;

/** The minimum bytes per tick while others wait: 64 KiB a second. */
const MIN_BYTES_FOR_OTHERS = 128 * 2 ** 10;

/**
 * Measures a sender's rate. A phone on a poor network sends a few KiB a second, with
 * pauses. A slower sender wastes a connection and memory.
 */
export class UploadRate {
  #inTick = 0;
  #inWindow = 0;
  #ticks = 0;
  /** Whether the server made the sender wait during this tick. */
  #hasPaused = false;
  #isPaused = false;
  #isTooSlow = false;

  /** Whether the sender has been too slow in any tick. */
  get isTooSlow(): boolean {
    return this.#isTooSlow;
  }

  /** Counts received bytes. */
  add(count: number): void {
    this.#inTick += count;
    this.#inWindow += count;
  }

  /** Stops measuring until {@linkcode resume}, as the server makes the sender wait. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Resumes measuring. */
  resume(): void {
    this.#isPaused = false;
  }

  /**
   * Ends a tick.
   *
   * @param othersWait Whether others wait for memory.
   * @returns Whether the sender is too slow.
   */
  tick(othersWait: boolean): boolean {
    const isMeasured = !this.#isPaused && !this.#hasPaused;
    this.#hasPaused = this.#isPaused;
    if (!isMeasured) this.#ticks = this.#inWindow = 0;
    else {
      this.#isTooSlow ||= othersWait && this.#inTick < MIN_BYTES_FOR_OTHERS;
      if (++this.#ticks === WINDOW_TICKS) {
        this.#isTooSlow ||= this.#inWindow < MIN_BYTES;
        this.#ticks = this.#inWindow = 0;
      }
    }
    this.#inTick = 0;
    return this.#isTooSlow;
  }
}
