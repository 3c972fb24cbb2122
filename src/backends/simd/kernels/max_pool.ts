import { MaxPool } from "./step";
import { storeVector } from "./store_bytes";

/** A task of a max pool: rows of its output, 16 channels at a time. */
export function maxPool(step: MaxPool, task: usize): void {
  const first = task * step.taskRows;
  const end = min(first + step.taskRows, step.height);
  const signMask = i32x4.splat(step.signMask);
  for (let y = first; y < end; y++) {
    let input: usize = step.input + y * step.inputStepY;
    let output: usize = step.output + y * step.outputStepY;
    for (let x = step.width; x > 0; x--) {
      for (let channel: usize = 0; channel < step.channels; channel += 16) {
        let most = i32x4.splat(0);
        let row = input + channel;
        for (let dy = step.size; dy > 0; dy--) {
          let at = row;
          for (let dx = step.size; dx > 0; dx--) {
            most = i8x16.max_u(most, v128.xor(v128.load(at), signMask));
            at += step.inputPixel;
          }
          row += step.inputRow;
        }
        storeVector(
          output + channel,
          v128.xor(most, signMask),
          step.channels - channel,
        );
      }
      input += step.inputStepX;
      output += step.outputStepX;
    }
  }
}
