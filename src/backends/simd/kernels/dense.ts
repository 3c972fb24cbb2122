import { Dense } from "./step";

/**
 * A task of a fully connected layer of int8 weights and f32 inputs: computes
 * `(weights . inputs) * scale + bias` for some units.
 *
 * Products are added to 16 sums, so that the order of additions is the same everywhere:
 * ((s0..3 + s4..7) + (s8..11 + s12..15)), then (0 + 1) + (2 + 3). The last vector of
 * weights may reach into the next unit: the inputs there are 0.
 */
export function dense(step: Dense, task: usize): void {
  const first = task * step.taskUnits;
  const end = min(first + step.taskUnits, step.units);
  const inputEnd = step.input + (step.inputs << 2);
  for (let unit = first; unit < end; unit++) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    let weights: usize = step.weights + unit * step.inputs;
    for (let input: usize = step.input; input < inputEnd; input += 64) {
      const codes = v128.load(weights);
      const low = i16x8.extend_low_i8x16_s(codes);
      const high = i16x8.extend_high_i8x16_s(codes);
      a = multiplyAdd(a, i32x4.extend_low_i16x8_s(low), input);
      b = multiplyAdd(b, i32x4.extend_high_i16x8_s(low), input + 16);
      c = multiplyAdd(c, i32x4.extend_low_i16x8_s(high), input + 32);
      d = multiplyAdd(d, i32x4.extend_high_i16x8_s(high), input + 48);
      weights += 16;
    }
    const sums = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
    const sum = (f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1)) +
      (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
    const result = sum * load<f32>(step.scale + (unit << 2)) +
      load<f32>(step.bias + (unit << 2));
    store<f32>(
      step.output + (unit << 2),
      step.relu && result < 0 ? 0 : result,
    );
  }
}

// @ts-ignore: decorator
@inline
function multiplyAdd(sums: v128, weights: v128, input: usize): v128 {
  return f32x4.add(
    sums,
    f32x4.mul(f32x4.convert_i32x4_s(weights), v128.load(input)),
  );
}
