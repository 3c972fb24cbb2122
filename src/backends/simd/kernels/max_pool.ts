import { MaxPool } from "./step";
import { storeVector } from "./store_bytes";

/** A task of a max pool: rows of its output, 16 channels at a time. */
export function maxPool(step: MaxPool, task: usize): void {
  const first = task * step.taskRows;
  const end = min(first + step.taskRows, step.height);
  // As locals: V8 reloads fields after each store, which might change them.
  const signMask = i32x4.splat(step.signMask);
  const size = step.size, channels = step.channels;
  const inputRow = step.inputRow, pixel = step.inputPixel;
  for (let y = first; y < end; y++) {
    let input: usize = step.input + y * step.inputStepY;
    let output: usize = step.output + y * step.outputStepY;
    for (let x = step.width; x > 0; x--) {
      for (let channel: usize = 0; channel < channels; channel += 16) {
        let most = i32x4.splat(0);
        let row = input + channel;
        if (size == 3) {
          most = mostOfThree(row, pixel, signMask);
          row += inputRow;
          most = i8x16.max_u(most, mostOfThree(row, pixel, signMask));
          row += inputRow;
          most = i8x16.max_u(most, mostOfThree(row, pixel, signMask));
        } else {
          for (let dy = size; dy > 0; dy--) {
            let at = row;
            for (let dx = size; dx > 0; dx--) {
              most = i8x16.max_u(most, v128.xor(v128.load(at), signMask));
              at += pixel;
            }
            row += inputRow;
          }
        }
        storeVector(output + channel, v128.xor(most, signMask), channels - channel);
      }
      input += step.inputStepX;
      output += step.outputStepX;
    }
  }
}

/** The largest codes of 3 pixels in a row. */
// @ts-ignore: decorator
@inline
function mostOfThree(at: usize, pixel: usize, signMask: v128): v128 {
  const a = v128.xor(v128.load(at), signMask);
  const b = v128.xor(v128.load(at + pixel), signMask);
  const c = v128.xor(v128.load(at + 2 * pixel), signMask);
  return i8x16.max_u(i8x16.max_u(a, b), c);
}
