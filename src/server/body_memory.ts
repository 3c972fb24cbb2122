import { yieldToEventLoop } from "../async/yield.ts";
import { enlargeBytes, freeBytes } from "../io/free_bytes.ts";
import { isCloudflareWorker } from "../runtime/environment.ts";
import { chunkReader } from "./chunk_reader.ts";
import { Problem } from "./problem.ts";

/** How a body is read. */
export interface HoldOptions {
  /** Maximum bytes of the body. */
  readonly limit: number;
  /** How many bytes its sender promises; 0 if none. */
  readonly expected: number;
  readonly signal: AbortSignal;
  /** Called with the number of bytes of each chunk. */
  readonly onBytes: (count: number) => void;
}

/**
 * Reads bodies, and bounds the memory of all of them. Bytes count as they come, whatever
 * `Content-Length` promises. When the memory is full, senders wait. If all of it is of
 * bodies that aren't whole yet, the one that came first may go on to its own limit, so
 * that one always gets done. So the memory holds `capacity` and one body at most, and what
 * the runtime reads ahead. A sender that sends next to nothing is cut off, sooner if
 * others wait ({@linkcode UploadRate}).
 */
export class BodyMemory {
  readonly #capacity: () => number;
  readonly #tickMs: number;
  #held = 0;
  /** Of that, the bytes of whole bodies, which are free when their images are done. */
  #heldWhole = 0;
  /** In order of arrival. */
  readonly #readers = new Set<symbol>();
  readonly #waiting = new Set<() => void>();
  /**
   * Whether senders look for room by themselves. What wakes one in a Cloudflare Worker
   * goes on as the request that woke it, which can't read another one's body.
   */
  readonly #isPolled = isCloudflareWorker();

  /** Room for `capacity()` bytes. Each sender's rate is measured every `tickMs`. */
  constructor(capacity: () => number, tickMs: number = TICK_MS) {
    this.#capacity = capacity;
    this.#tickMs = tickMs;
  }

  /**
   * Reads a whole body and keeps it in memory while `use` needs it. It is freed then.
   *
   * @throws {Problem} When it is longer than the limit, too slow, or breaks off.
   * @throws The signal's reason, when it fires before all is read.
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

  /** @param body What it takes, and whether all has come. */
  async #read(
    stream: ReadableStream<Uint8Array>,
    { limit, expected, signal, onBytes }: HoldOptions,
    body: { held: number; isWhole: boolean },
  ): Promise<Uint8Array> {
    const me = Symbol();
    const reader = chunkReader(stream);
    // A pending read then ends as if the body did.
    const cancel = () => void reader.cancel().catch(() => {});
    signal.addEventListener("abort", cancel);
    this.#readers.add(me);
    const rate = new UploadRate();
    const ticks = setInterval(() => {
      // A whole body will make room by itself.
      if (rate.tick(this.#waiting.size > 0 && this.#heldWhole === 0)) cancel();
    }, this.#tickMs);
    try {
      // One buffer that grows: chunks may have one byte, and each is an object.
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
          // Doubled, or what was promised once an eighth of it has come: the old and the
          // new buffer are there together for a moment.
          const isNear = expected > end && expected <= 8 * end;
          const next = isNear ? expected : Math.max(end, 2 * bytes.length);
          const grown = Math.min(limit, next);
          const more = grown - bytes.length;
          // Others have read a part since there was room.
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

  /** Resolves when `reader` may take `bytes` more; throws when its signal fires. */
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
 * Chunks that have already come are read without the runtime doing anything else, and a
 * sender can always have the next one there: no timer would fire, no other body be read.
 */
const CHUNKS_AT_ONCE = 64;

export function bodyTooLarge(limit: number): Problem {
  const detail = `The body is too large: at most ${limit} bytes are read`;
  return new Problem(413, "body-too-large", detail);
}

export function bodyTooSlow(): Problem {
  return new Problem(408, "body-too-slow", "The body didn't come in time");
}

/** Only the sender or the network ends a body with an error. */
function breakOff(cause: unknown): never {
  throw new Problem(400, "body-broken-off", "The body broke off", { cause });
}

/** How often a sender looks for room, in ms. */
const POLL_MS = 20;

/** How often a sender's rate is measured, in ms. */
const TICK_MS = 2000;

/** The bytes that a sender must send in {@linkcode WINDOW_TICKS}: 1 KiB a second. */
const MIN_BYTES = 6 * 2 ** 10;
const WINDOW_TICKS = 3;

/** The bytes that it must send in a tick if others wait: 64 KiB a second. */
const MIN_BYTES_FOR_OTHERS = 128 * 2 ** 10;

/**
 * Measures how fast a sender is. A phone in a poor network sends some KiB a second and
 * pauses now and then. A sender of less holds a connection and memory for nothing.
 */
export class UploadRate {
  #inTick = 0;
  #inWindow = 0;
  #ticks = 0;
  /** Whether the sender had to wait in this tick. */
  #hasPaused = false;
  #isPaused = false;
  #isTooSlow = false;

  /** Whether the sender was too slow at some tick. */
  get isTooSlow(): boolean {
    return this.#isTooSlow;
  }

  /** Counts bytes that were received. */
  add(count: number): void {
    this.#inTick += count;
    this.#inWindow += count;
  }

  /** Measures nothing until {@linkcode resume}: the sender has to wait. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Measures again. */
  resume(): void {
    this.#isPaused = false;
  }

  /**
   * Ends a tick.
   *
   * @param othersWait Whether others wait for the memory that it holds.
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
