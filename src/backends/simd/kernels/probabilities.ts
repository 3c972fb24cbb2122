import { Probabilities } from "./step";

/** `exp(x - max)` of each logit, divided by their sum, which is added in order in f64. */
export function softmax(step: Probabilities): void {
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

/** `1 / (1 + exp(-x))` of each logit, computed in f64. */
export function sigmoid(step: Probabilities): void {
  const end: usize = step.input + (step.count << 2);
  let output: usize = step.output;
  for (let at: usize = step.input; at < end; at += 4, output += 4) {
    const logit = <f64> load<f32>(at);
    const power = exp(-abs(logit));
    store<f32>(output, <f32> ((logit < 0 ? power : 1) / (1 + power)));
  }
}

/**
 * e^x for x <= 0, to about 1e-14, the same on every machine. x = k ln 2 + r with |r| <=
 * ln 2 / 2. Then e^x is 2^k times the Taylor series of e^r up to the 12th power.
 */
function exp(x: f64): f64 {
  if (x < -700) return 0; // 2^-1010. Below 2^-1022, 2^k isn't normal.
  const k = nearest(x * 1.4426950408889634);
  const r = x - k * 0.6931471805599453;
  let series: f64 = 1;
  for (let n: f64 = 12; n > 0; n--) series = series * r / n + 1;
  return series * reinterpret<f64>((<i64> k + 1023) << 52);
}
