/** Generated images of classes that are easy to distinguish: small training sets. */
import type { Pixels } from "../../src/image/mod.ts";
import { randomNumbers } from "../random.ts";

export const PATTERNS = ["checks", "columns", "dots", "rows"] as const;

/**
 * An image of a pattern, `[size, size, 4]`, with its own position, period, brightness
 * and noise.
 *
 * @param seed Different for each image.
 */
export function patternImage(
  pattern: typeof PATTERNS[number],
  size: number,
  seed: number,
): Pixels {
  const random = randomNumbers(seed * 7919 + PATTERNS.indexOf(pattern));
  const period = 8 + Math.floor(random() * 8);
  const [left, top] = [random() * period, random() * period];
  const light = [40 * random(), 40 * random(), 40 * random()];
  const hue = 1 + PATTERNS.indexOf(pattern);
  const data = new Uint8ClampedArray(size * size * 4);
  for (let i = 0; i < size * size; i++) {
    const x = (i % size + left) % period / period < 0.5;
    const y = (Math.floor(i / size) + top) % period / period < 0.5;
    const bright = {
      checks: x !== y,
      columns: x,
      dots: x && y,
      rows: y,
    }[pattern];
    for (let c = 0; c < 3; c++) {
      data[i * 4 + c] = (bright ? 60 + 120 * (hue >> c & 1) : 10) + light[c]! +
        30 * random();
    }
    data[i * 4 + 3] = 255;
  }
  return { data, width: size, height: size };
}
