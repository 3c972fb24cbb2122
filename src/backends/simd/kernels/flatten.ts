import { GlobalPool } from "./step";

/** All values as f32, `code * multiplier`: row-major, without gaps between pixels. */
export function flatten(step: GlobalPool): void {
  const signMask = step.signMask & 255;
  let output = step.output;
  let row = step.input;
  for (let y = step.height; y > 0; y--) {
    let at = row;
    for (let x = step.width; x > 0; x--) {
      for (let channel: usize = 0; channel < step.channels; channel++) {
        const code = <u32> load<u8>(at + channel) ^ signMask;
        const multiplier = load<f32>(step.multipliers + (channel << 2));
        store<f32>(output, <f32> code * multiplier);
        output += 4;
      }
      at += step.inputPixel;
    }
    row += step.inputRow;
  }
}
