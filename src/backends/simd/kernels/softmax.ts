import { Softmax } from "./step";

/** `exp(x - max)` of each logit over their sum, added in order as f64. */
export function softmax(step: Softmax): void {
  const end: usize = step.input + (step.count << 2);
  let most = load<f32>(step.input);
  for (let at: usize = step.input; at < end; at += 4) {
    most = max(most, load<f32>(at));
  }
  let sum: f64 = 0;
  let output: usize = step.output;
  for (let at: usize = step.input; at < end; at += 4, output += 4) {
    const power = <f32> exp(<f64> load<f32>(at) - <f64> most);
    store<f32>(output, power);
    sum += power;
  }
  output = step.output;
  for (let at: usize = step.input; at < end; at += 4, output += 4) {
    store<f32>(output, <f32> (load<f32>(output) / sum));
  }
}

/**
 * e^x for x <= 0, to about 1e-14: machines' own differ. x = k ln 2 + r with |r|
 * <= ln 2 / 2, then Taylor's series of e^r, to its 12th power, times 2^k.
 */
function exp(x: f64): f64 {
  if (x < -700) return 0; // 2^-1010; beyond, 2^k is no normal number.
  const k = nearest(x * 1.4426950408889634);
  const r = x - k * 0.6931471805599453;
  let series: f64 = 1;
  for (let n: f64 = 12; n > 0; n--) series = series * r / n + 1;
  return series * reinterpret<f64>((<i64> k + 1023) << 52);
}
