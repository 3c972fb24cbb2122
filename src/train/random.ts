/** Returns a number in [0, 1). */
export type Random = () => number;

/**
 * A seeded random number generator: mulberry32.
 *
 * @param seed A whole number, of which the lower 32 bits are used.
 */
export function randomNumbers(seed: number): Random {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normally distributed values around 0, redrawn if beyond two standard deviations. */
export function truncatedNormal(
  length: number,
  deviation: number,
  random: Random,
): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => {
    for (;;) {
      // The Box-Muller transform. 1 - random() is never 0.
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      const value = radius * Math.cos(2 * Math.PI * random());
      if (Math.abs(value) <= 2) return value * deviation;
    }
  });
}

/** The Fisher-Yates shuffle, in place. */
export function shuffle<T extends { [i: number]: number; length: number }>(
  items: T,
  random: Random,
): T {
  for (let i = items.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [items[i], items[other]] = [items[other]!, items[i]!];
  }
  return items;
}
