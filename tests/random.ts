import { filled } from "./filled.ts";

/** A seeded generator of numbers in [0, 1): mulberry32. */
export function randomNumbers(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `[size, size, 4]` bytes of noise. */
export function noise(size: number, seed = 1): Uint8Array {
  const random = randomNumbers(seed);
  return filled(Uint8Array, size * size * 4, () => random() * 256);
}
