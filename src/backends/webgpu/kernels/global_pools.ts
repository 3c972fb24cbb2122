/**
 * Kernels that turn the last codes into f32 values. Each invocation computes four
 * channels.
 *
 * @module
 */
import { WORKGROUP } from "../layout.ts";
import { defineKernel, UNPACK } from "./kernel.ts";

const FIELDS = [
  "input",
  "inputRow",
  "inputPixel",
  "width",
  "height",
  "words",
  "multipliers",
  "output",
] as const;

/** The mean of each channel over all pixels. */
export const globalAvgPoolKernel = defineKernel(
  "globalAvgPool",
  FIELDS,
  overPixels("globalAvgPool", "sum + codes"),
);

/** The maximum of each channel over all pixels. */
export const globalMaxPoolKernel = defineKernel(
  "globalMaxPool",
  FIELDS,
  overPixels("globalMaxPool", "max(sum, codes)"),
);

/**
 * @param next The WGSL expression that updates `sum` with the `codes` of another pixel.
 */
function overPixels(name: string, next: string): string {
  return `${UNPACK}

@compute @workgroup_size(${WORKGROUP})
fn ${name}(@builtin(global_invocation_id) id: vec3<u32>) {
  let word = id.x;
  if (word >= task.words) { return; }
  var sum = vec4<u32>();
  for (var y = 0u; y < task.height; y++) {
    let row = task.input + y * task.inputRow + word;
    for (var x = 0u; x < task.width; x++) {
      let codes = unpack(arena[row + x * task.inputPixel]);
      sum = ${next};
    }
  }
  let multipliers = bitcast<vec4<f32>>(model[task.multipliers + word]);
  let values = bitcast<vec4<u32>>(vec4<f32>(sum) * multipliers);
  for (var i = 0u; i < 4u; i++) {
    arena[task.output + word * 4u + i] = values[i];
  }
}
`;
}

/** All values, row-major, without gaps between pixels. */
export const flattenKernel = defineKernel(
  "flatten",
  [...FIELDS, "channels"],
  `${UNPACK}

@compute @workgroup_size(${WORKGROUP})
fn flatten(@builtin(global_invocation_id) id: vec3<u32>) {
  let pixel = id.x / task.words;
  if (pixel >= task.width * task.height) { return; }
  let word = id.x % task.words;
  let row = task.input + pixel / task.width * task.inputRow;
  let codes = unpack(arena[row + pixel % task.width * task.inputPixel + word]);
  let multipliers = bitcast<vec4<f32>>(model[task.multipliers + word]);
  let values = bitcast<vec4<u32>>(vec4<f32>(codes) * multipliers);
  let channel = word * 4u;
  for (var i = 0u; i < min(4u, task.channels - channel); i++) {
    arena[task.output + pixel * task.channels + channel + i] = values[i];
  }
}
`,
);
