/**
 * u8 [1024]: the levels of the inverse transforms' results, around 0, by their lower 10
 * bits. Higher bits, which no encoder causes, are ignored as in libjpeg.
 */
const RANGE: usize = 64;
const LEVELS = 1024;

/** i32 [80]: factors of 1, for stored coefficients. */
export const ONES: usize = RANGE + LEVELS;
/** A block has 64 coefficients; damage may run over by a run of 16. */
export const COEFFICIENTS: usize = 80;

export const FIXED_BYTES: usize = ONES + COEFFICIENTS * 4;

export function prepare(): void {
  for (let i = 0; i < LEVELS; i++) {
    const result = i < LEVELS / 2 ? i : i - LEVELS;
    store<u8>(RANGE + i, min(max(result + 128, 0), 255));
  }
  for (let i: usize = 0; i < COEFFICIENTS; i++) store<i32>(ONES + (i << 2), 1);
}

/** The level of a result with `shift` fractional bits. */
// @ts-ignore: decorator
@inline
export function level(result: i32, shift: i32): u8 {
  const rounded = (result + (1 << (shift - 1))) >> shift;
  return load<u8>(RANGE + (rounded & (LEVELS - 1)));
}
