import { truncated } from "./errors.ts";

/** The data of a strip or a tile, expanded. */
export interface Source {
  readonly fill: Fill;
  /**
   * Checks the checksum, if any, after all rows are read.
   *
   * @returns Whether it is done; if not, call it again.
   */
  finish(): boolean;
}

/** Opens compressed data. */
export type OpenSource = (data: Uint8Array) => Source;

/** Fills `to` with the next expanded bytes. */
export type Fill = (to: Uint8Array) => void;

/** Reads data that isn't compressed. */
export function openStored(data: Uint8Array): Fill {
  let at = 0;
  return (to) => {
    if (at + to.length > data.length) throw truncated();
    to.set(data.subarray(at, at + to.length));
    at += to.length;
  };
}

/** Expands PackBits: TIFF 6.0, section 9. */
export function openPackBits(data: Uint8Array): Fill {
  let at = 0;
  /** Remaining bytes of a run or of literal bytes. */
  let left = 0;
  let isRun = false;
  return (to) => {
    for (let filled = 0; filled < to.length;) {
      if (left === 0) {
        if (at >= data.length) throw truncated();
        const count = data[at++]!;
        if (count === 128) continue;
        isRun = count > 128;
        left = isRun ? 257 - count : count + 1;
      }
      const end = Math.min(filled + left, to.length);
      const bytes = end - filled;
      if (at + (isRun ? 1 : bytes) > data.length) throw truncated();
      if (isRun) to.fill(data[at]!, filled, end);
      else {
        to.set(data.subarray(at, at + bytes), filled);
        at += bytes;
      }
      left -= bytes;
      if (isRun && left === 0) at++;
      filled = end;
    }
  };
}
