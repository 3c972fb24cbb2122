import { corrupt } from "./errors.ts";

/** Escape codes after a zero; other values count the literal pixels that follow. */
const END_OF_ROW = 0;
const END_OF_IMAGE = 1;
const SKIP = 2;

/**
 * Yields the rows of a compressed BMP in file order, one byte per pixel. Each row is
 * overwritten afterwards. Skipped pixels are 0, as are those after the end of the data,
 * which may come early. Surplus pixels of a row are dropped.
 *
 * @param bits Bits per pixel in the data: 4 or 8.
 */
export function* rleRows(
  data: Uint8Array,
  width: number,
  height: number,
  bits: number,
): Generator<Uint8Array, void, void> {
  const row = new Uint8Array(width);
  let x = 0;
  let y = 0;
  let at = 0;
  const next = () => {
    if (at >= data.length) {
      throw corrupt("it is truncated: its data has no end");
    }
    return data[at++]!;
  };
  const goDown = function* (rows: number) {
    for (const end = Math.min(y + rows, height); y < end; y++) {
      yield row;
      row.fill(0);
    }
  };
  while (y < height) {
    if (at >= data.length && y === height - 1 && x >= width) {
      return yield* goDown(1);
    }
    const count = next();
    const value = next();
    if (count > 0) {
      const end = Math.min(x + count, width);
      if (bits === 8) row.fill(value, x, end);
      else {
        for (let i = x; i < end; i++) {
          row[i] = (i - x) % 2 === 0 ? value >> 4 : value & 15;
        }
      }
      x = end;
      continue;
    }
    switch (value) {
      case END_OF_ROW:
        yield* goDown(1);
        x = 0;
        break;
      case END_OF_IMAGE:
        return yield* goDown(height);
      case SKIP: {
        const right = next();
        yield* goDown(next());
        x = Math.min(x + right, width);
        break;
      }
      default: {
        const end = Math.min(x + value, width);
        let pair = 0;
        for (let i = 0; i < value; i++) {
          if (bits === 8 || i % 2 === 0) pair = next();
          if (x === end) continue;
          row[x++] = bits === 8 ? pair : i % 2 === 0 ? pair >> 4 : pair & 15;
        }
        // Padding to 16-bit words.
        const isOdd = (bits === 8 ? value : (value + 1) >> 1) % 2 === 1;
        if (isOdd) at++;
      }
    }
  }
}
