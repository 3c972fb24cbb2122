import { WORKGROUP } from "../layout.ts";
import { defineKernel } from "./kernel.ts";

/**
 * A fully connected layer of int8 weights and f32 inputs: `(weights . inputs) * scale +
 * bias`. A workgroup computes one unit, whose inputs its invocations share.
 */
export const denseKernel = defineKernel(
  "dense",
  ["input", "inputs", "weights", "scale", "bias", "output", "relu"],
  `
var<workgroup> sums: array<f32, ${WORKGROUP}>;

/** Rows of weights don't begin at words, so a weight is addressed by its byte. */
fn weight(at: u32) -> f32 {
  let word = model[task.weights + at / 16u][at / 4u % 4u];
  return f32(bitcast<i32>(word << (24u - at % 4u * 8u)) >> 24u);
}

/** A value of the table. */
fn value(at: u32) -> f32 {
  return bitcast<f32>(model[at / 4u][at % 4u]);
}

@compute @workgroup_size(${WORKGROUP})
fn dense(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let unit = group.x;
  var sum = 0.0;
  for (var i = invocation; i < task.inputs; i += ${WORKGROUP}u) {
    sum += weight(unit * task.inputs + i) * bitcast<f32>(arena[task.input + i]);
  }
  sums[invocation] = sum;
  workgroupBarrier();
  if (invocation > 0u) { return; }
  for (var i = 1u; i < ${WORKGROUP}u; i++) { sum += sums[i]; }
  var result = sum * value(task.scale + unit) + value(task.bias + unit);
  if (task.relu == 1u) { result = max(result, 0.0); }
  arena[task.output + unit] = bitcast<u32>(result);
}
`,
);
