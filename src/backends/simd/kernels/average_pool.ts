import { packCodes, truncate } from "./requantize";
import { AveragePool } from "./step";
import { storeVector } from "./store_bytes";

/**
 * A task of an average pool: rows of its output, 16 channels at a time. A
 * code is `trunc(min(sum * (1 / count * multiplier) + 0.5, qmax))`, each step
 * rounded to f32. Windows have at most 16 x 16 pixels, as sums are u16.
 *
 * Adjacent windows of 3 x 3 that move by one pixel, as in Inception, share two columns,
 * whose sums are kept.
 */
export function averagePool(step: AveragePool, task: usize): void {
  const first = task * step.taskRows;
  const end = min(first + step.taskRows, step.height);
  const signMask = i32x4.splat(step.signMask);
  const qmax = f32x4.splat(<f32> step.qmax);
  // V8 recreates constants at each use, but not values that it can't prove
  // constant.
  const half = f32x4.splat(<f32> <i32> min<usize>(step.size, 1) * 0.5);
  // As locals: V8 reloads fields after each store, which might change them.
  const size = step.size, width = step.width, channels = step.channels;
  const inputRow = step.inputRow, pixel = step.inputPixel;
  const inputStepX = step.inputStepX, outputStepX = step.outputStepX;
  const slides = size == 3 && step.stride == 1;
  for (let y = first; y < end; y++) {
    const rows = rowsInside(step, y);
    for (let channel: usize = 0; channel < channels; channel += 16) {
      let input = step.input + y * step.inputStepY + channel;
      let output = step.output + y * step.outputStepY + channel;
      const multipliers = step.multipliers + (channel << 2);
      let columns = 0;
      let m0 = i32x4.splat(0), m1 = m0, m2 = m0, m3 = m0;
      let low0 = m0, high0 = m0, low1 = m0, high1 = m0;
      if (slides) {
        low0 = lowSums(input, inputRow, signMask);
        high0 = highSums(input, inputRow, signMask);
        low1 = lowSums(input + pixel, inputRow, signMask);
        high1 = highSums(input + pixel, inputRow, signMask);
      }
      for (let x: usize = 0; x < width; x++) {
        let low: v128, high: v128;
        if (slides) {
          const right = input + 2 * pixel;
          const low2 = lowSums(right, inputRow, signMask);
          const high2 = highSums(right, inputRow, signMask);
          low = i16x8.add(i16x8.add(low0, low1), low2);
          high = i16x8.add(i16x8.add(high0, high1), high2);
          low0 = low1, high0 = high1, low1 = low2, high1 = high2;
        } else {
          low = high = i32x4.splat(0);
          for (let row: usize = 0; row < size; row++) {
            let at = input + row * inputRow;
            for (const right = at + size * pixel; at < right; at += pixel) {
              const codes = v128.xor(v128.load(at), signMask);
              low = i16x8.add(low, i16x8.extend_low_i8x16_u(codes));
              high = i16x8.add(high, i16x8.extend_high_i8x16_u(codes));
            }
          }
        }
        // Windows extend beyond the input only at the ends of a row.
        if (x <= size || x + size >= width) {
          const current = inside(step, x, step.paddingX, step.inputWidth);
          if (current != columns) {
            columns = current;
            const inverse = f32x4.splat(1 / <f32> (rows * columns));
            m0 = f32x4.mul(inverse, v128.load(multipliers));
            m1 = f32x4.mul(inverse, v128.load(multipliers, 16));
            m2 = f32x4.mul(inverse, v128.load(multipliers, 32));
            m3 = f32x4.mul(inverse, v128.load(multipliers, 48));
          }
        }
        const codes = packCodes(
          mean(i32x4.extend_low_i16x8_u(low), m0, half, qmax),
          mean(i32x4.extend_high_i16x8_u(low), m1, half, qmax),
          mean(i32x4.extend_low_i16x8_u(high), m2, half, qmax),
          mean(i32x4.extend_high_i16x8_u(high), m3, half, qmax),
        );
        storeVector(output, v128.xor(codes, signMask), channels - channel);
        input += inputStepX;
        output += outputStepX;
      }
    }
  }
}

/** As `averagePool`, with the kernel of `average_pool_wide.ts`. */
export function averagePoolWide(
  step: AveragePool,
  task: usize,
  scratch: usize,
): void {
  if (ASC_FEATURE_RELAXED_SIMD) linked(step, task, scratch);
}

/** A kernel of the other module, or a function that throws. */
// @ts-ignore: decorator
@external("env", "averagePoolWide")
declare function linked(step: AveragePool, task: usize, scratch: usize): void;

/** The sums of a column of 3 pixels, of the first 8 of 16 channels. */
// @ts-ignore: decorator
@inline
function lowSums(at: usize, inputRow: usize, signMask: v128): v128 {
  const a = v128.xor(v128.load(at), signMask);
  const b = v128.xor(v128.load(at + inputRow), signMask);
  const c = v128.xor(v128.load(at + 2 * inputRow), signMask);
  const ab = i16x8.add(
    i16x8.extend_low_i8x16_u(a),
    i16x8.extend_low_i8x16_u(b),
  );
  return i16x8.add(ab, i16x8.extend_low_i8x16_u(c));
}

/** The sums of a column of 3 pixels, of the last 8 of 16 channels. */
// @ts-ignore: decorator
@inline
function highSums(at: usize, inputRow: usize, signMask: v128): v128 {
  const a = v128.xor(v128.load(at), signMask);
  const b = v128.xor(v128.load(at + inputRow), signMask);
  const c = v128.xor(v128.load(at + 2 * inputRow), signMask);
  const ab = i16x8.add(
    i16x8.extend_high_i8x16_u(a),
    i16x8.extend_high_i8x16_u(b),
  );
  return i16x8.add(ab, i16x8.extend_high_i8x16_u(c));
}

/** Number of rows of a window that count. */
// @ts-ignore: decorator
@inline
export function rowsInside(step: AveragePool, y: usize): i32 {
  return inside(step, y, step.paddingY, step.inputHeight);
}

/** Number of rows or columns of a window that count. */
// @ts-ignore: decorator
@inline
function inside(step: AveragePool, at: usize, padding: usize, extent: usize): i32 {
  if (step.countIncludePad) return <i32> step.size;
  const start = <i32> (at * step.stride) - <i32> padding;
  return min(start + <i32> step.size, <i32> extent) - max(start, 0);
}

/** The codes of 4 channels. */
// @ts-ignore: decorator
@inline
export function mean(
  sums: v128,
  multipliers: v128,
  half: v128,
  qmax: v128,
): v128 {
  const scaled = f32x4.mul(f32x4.convert_i32x4_s(sums), multipliers);
  return truncate(f32x4.add(scaled, half), qmax);
}
