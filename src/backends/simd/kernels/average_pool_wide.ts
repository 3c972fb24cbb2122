import { mean, rowsInside } from "./average_pool";
import { AveragePool } from "./step";

/** Bytes of the multipliers of 16 channels. */
const SET_BYTES: usize = 64;

/**
 * As {@linkcode averagePool}, for a compiler of 256-bit vectors: 3 x 3 windows with
 * stride 1 and unsigned codes only. The number of channels is a multiple of 16.
 *
 * The sums of 8 channels and those of the next 8 are a pair, which begins at the codes
 * that are packed. Even and odd channels are scaled separately, as a wide vector can't
 * be extended as a whole.
 *
 * @param scratch Room for 4 sets of multipliers.
 */
export function averagePoolWide(
  step: AveragePool,
  task: usize,
  scratch: usize,
): void {
  const first = task * step.taskRows;
  const end = min(first + step.taskRows, step.height);
  const qmax = f32x4.splat(<f32> step.qmax);
  // V8 recreates constants at each use, but not values that it can't prove
  // constant.
  const one = <i32> min<usize>(step.size, 1);
  const half = f32x4.splat(<f32> one * 0.5), evens = i32x4.splat(one * 0xffff);
  // As locals: V8 reloads fields after each store, which might change them.
  const width = <i32> step.width, channels = step.channels;
  const inputRow = step.inputRow, pixel = step.inputPixel;
  const outputStepX = step.outputStepX;
  const left = step.countIncludePad ? 0 : <i32> step.paddingX;
  const right = step.countIncludePad ? i32.MAX_VALUE : <i32> step.inputWidth;
  for (let y = first; y < end; y++) {
    for (let channel: usize = 0; channel < channels; channel += 16) {
      writeMultipliers(step, y, channel, scratch);
      let input = step.input + y * step.inputStepY + channel;
      let output = step.output + y * step.outputStepY + channel;
      let low0 = lowSums(input, inputRow), high0 = highSums(input, inputRow);
      input += pixel;
      let low1 = lowSums(input, inputRow), high1 = highSums(input, inputRow);
      let start = -left;
      let set = scratch + columnsInside(start, right) * SET_BYTES;
      for (const end = start + width; start < end;) {
        input += pixel;
        const low2 = lowSums(input, inputRow), high2 = highSums(input, inputRow);
        const low = i16x8.add(i16x8.add(low0, low1), low2);
        const high = i16x8.add(i16x8.add(high0, high1), high2);
        low0 = low1, high0 = high1, low1 = low2, high1 = high2;
        const even0 = mean(v128.and(low, evens), v128.load(set), half, qmax);
        const even1 = mean(v128.and(high, evens), v128.load(set, 16), half, qmax);
        const odd0 = mean(i32x4.shr_u(low, 16), v128.load(set, 32), half, qmax);
        const odd1 = mean(i32x4.shr_u(high, 16), v128.load(set, 48), half, qmax);
        const codes = i8x16.narrow_i16x8_u(
          v128.or(even0, i32x4.shl(odd0, 16)),
          v128.or(even1, i32x4.shl(odd1, 16)),
        );
        v128.store(output, codes);
        output += outputStepX;
        // Computed here, as V8 finds no pairs across branches.
        set = scratch + columnsInside(++start, right) * SET_BYTES;
      }
    }
  }
}

/** The sums of a column of 3 pixels, of the first 8 of 16 channels. */
// @ts-ignore: decorator
@inline
function lowSums(at: usize, inputRow: usize): v128 {
  const ab = i16x8.add(v128.load8x8_u(at), v128.load8x8_u(at + inputRow));
  return i16x8.add(ab, v128.load8x8_u(at + 2 * inputRow));
}

/** The sums of a column of 3 pixels, of the last 8 of 16 channels. */
// @ts-ignore: decorator
@inline
function highSums(at: usize, inputRow: usize): v128 {
  const ab = i16x8.add(v128.load8x8_u(at, 8), v128.load8x8_u(at + inputRow, 8));
  return i16x8.add(ab, v128.load8x8_u(at + 2 * inputRow, 8));
}

/** Columns inside the input of a window that begins at column `start` of it. */
// @ts-ignore: decorator
@inline
function columnsInside(start: i32, width: i32): usize {
  return min(start + 3, width) - max(start, 0);
}

/**
 * Writes the multipliers of windows with 1, 2 and 3 columns inside the input, a set each:
 * those of the even channels, then those of the odd ones.
 */
function writeMultipliers(
  step: AveragePool,
  y: usize,
  channel: usize,
  scratch: usize,
): void {
  const rows = rowsInside(step, y);
  const multipliers = step.multipliers + (channel << 2);
  const m0 = v128.load(multipliers), m1 = v128.load(multipliers, 16);
  const m2 = v128.load(multipliers, 32), m3 = v128.load(multipliers, 48);
  const even0 = v128.shuffle<i32>(m0, m1, 0, 2, 4, 6);
  const even1 = v128.shuffle<i32>(m2, m3, 0, 2, 4, 6);
  const odd0 = v128.shuffle<i32>(m0, m1, 1, 3, 5, 7);
  const odd1 = v128.shuffle<i32>(m2, m3, 1, 3, 5, 7);
  for (let columns = 1; columns <= 3; columns++) {
    const inverse = f32x4.splat(1 / <f32> (rows * columns));
    const set = scratch + <usize> columns * SET_BYTES;
    v128.store(set, f32x4.mul(inverse, even0));
    v128.store(set, f32x4.mul(inverse, even1), 16);
    v128.store(set, f32x4.mul(inverse, odd0), 32);
    v128.store(set, f32x4.mul(inverse, odd1), 48);
  }
}
