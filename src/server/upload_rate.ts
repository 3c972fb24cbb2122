/** How often a sender's rate is measured, in ms. */
export const TICK_MS = 2000;

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
