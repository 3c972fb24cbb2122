/**
 * Randomness that repeats: everything random in training is drawn from one
 * generator, in one order, so that a seed gives the same result every time.
 *
 * @module
 */

/** Gives a number in [0, 1) at each call. */
export type Random = () => number;

/**
 * A generator that repeats: mulberry32, 32 bits of state.
 *
 * @param seed A whole number; its lower 32 bits count.
 */
export function randomNumbers(seed: number): Random {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * `length` values of a normal distribution around zero, those beyond two
 * deviations drawn again: how Inception-v3's kernels start.
 */
export function truncatedNormal(
  length: number,
  deviation: number,
  random: Random,
): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => {
    for (;;) {
      // Box and Muller's transform; 1 - x, as the logarithm of 0 is none.
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      const value = radius * Math.cos(2 * Math.PI * random());
      if (Math.abs(value) <= 2) return value * deviation;
    }
  });
}

/** Puts `items` into a random order, in place: Fisher and Yates's shuffle. */
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
