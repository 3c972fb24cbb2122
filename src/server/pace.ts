/** How often a sender's pace is looked at, in ms. */
export const TICK_MS = 2000;

/** The bytes that a sender must bring in {@linkcode WINDOW_TICKS}: 1 KiB a second. */
const LEAST_BYTES = 6 * 2 ** 10;
const WINDOW_TICKS = 3;

/** The bytes that it must bring in a tick where others wait: 64 KiB a second. */
const LEAST_BYTES_FOR_OTHERS = 128 * 2 ** 10;

/**
 * Judges how fast a sender is. A phone in a poor network brings some KiB a second and
 * pauses now and then; who brings less holds a connection and memory for nothing.
 */
export class Pace {
  #inTick = 0;
  #inWindow = 0;
  #ticks = 0;
  /** Whether the sender had to wait in this tick. */
  #hasPaused = false;
  #isPaused = false;
  #isTooSlow = false;

  /** Whether it was too slow at some tick. */
  get isTooSlow(): boolean {
    return this.#isTooSlow;
  }

  /** Bytes came. */
  add(count: number): void {
    this.#inTick += count;
    this.#inWindow += count;
  }

  /** The sender has to wait, and isn't judged until {@linkcode resume}. */
  pause(): void {
    this.#isPaused = true;
  }

  /** The sender may go on. */
  resume(): void {
    this.#isPaused = false;
  }

  /**
   * A tick has passed.
   *
   * @param othersWait Whether others wait for the memory that it holds.
   * @returns Whether it is too slow.
   */
  tick(othersWait: boolean): boolean {
    const isWhole = !this.#isPaused && !this.#hasPaused;
    this.#hasPaused = this.#isPaused;
    if (!isWhole) this.#ticks = this.#inWindow = 0;
    else {
      this.#isTooSlow ||= othersWait && this.#inTick < LEAST_BYTES_FOR_OTHERS;
      if (++this.#ticks === WINDOW_TICKS) {
        this.#isTooSlow ||= this.#inWindow < LEAST_BYTES;
        this.#ticks = this.#inWindow = 0;
      }
    }
    this.#inTick = 0;
    return this.#isTooSlow;
  }
}
