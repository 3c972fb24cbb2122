import { GlobalPool } from "./step";

/** The maximum of each channel over all pixels, as f32: `code * multiplier`. */
export function globalMaxPool(step: GlobalPool): void {
  const signMask = step.signMask & 255;
  for (let channel: usize = 0; channel < step.channels; channel++) {
    let most: u32 = 0;
    let row = step.input + channel;
    for (let y = step.height; y > 0; y--) {
      let at = row;
      for (let x = step.width; x > 0; x--) {
        most = max(most, <u32> load<u8>(at) ^ signMask);
        at += step.inputPixel;
      }
      row += step.inputRow;
    }
    const multiplier = load<f32>(step.multipliers + (channel << 2));
    store<f32>(step.output + (channel << 2), <f32> most * multiplier);
  }
}
