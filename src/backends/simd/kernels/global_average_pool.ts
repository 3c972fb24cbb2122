import { GlobalPool } from "./step";

/**
 * The mean of each channel over all pixels, as f32: `sum * multiplier`. Writes whole
 * vectors of 16 channels. Multipliers after the last channel are 0.
 */
export function globalAveragePool(step: GlobalPool): void {
  const signMask = i32x4.splat(step.signMask);
  for (let channel: usize = 0; channel < step.channels; channel += 16) {
    let a = i32x4.splat(0), b = a, c = a, d = a;
    let row: usize = step.input + channel;
    for (let y = step.height; y > 0; y--) {
      let at = row;
      for (let x = step.width; x > 0; x--) {
        const codes = v128.xor(v128.load(at), signMask);
        const low = i16x8.extend_low_i8x16_u(codes);
        const high = i16x8.extend_high_i8x16_u(codes);
        a = i32x4.add(a, i32x4.extend_low_i16x8_u(low));
        b = i32x4.add(b, i32x4.extend_high_i16x8_u(low));
        c = i32x4.add(c, i32x4.extend_low_i16x8_u(high));
        d = i32x4.add(d, i32x4.extend_high_i16x8_u(high));
        at += step.inputPixel;
      }
      row += step.inputRow;
    }
    const multipliers = step.multipliers + (channel << 2);
    const output = step.output + (channel << 2);
    v128.store(output, scale(a, multipliers));
    v128.store(output, scale(b, multipliers + 16), 16);
    v128.store(output, scale(c, multipliers + 32), 32);
    v128.store(output, scale(d, multipliers + 48), 48);
  }
}

// @ts-ignore: decorator
@inline
function scale(sums: v128, multipliers: usize): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(sums), v128.load(multipliers));
}
