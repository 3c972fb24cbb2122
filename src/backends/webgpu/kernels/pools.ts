import { WORKGROUP } from "../layout.ts";
import { defineKernel, PACK, UNPACK } from "./kernel.ts";

const WINDOW = [
  "input",
  "inputStepX",
  "inputStepY",
  "inputRow",
  "inputPixel",
  "output",
  "outputStepX",
  "outputStepY",
  "size",
  "width",
  "pixels",
  "words",
] as const;

/**
 * Each invocation computes four channels of a pixel, as in all pools. Frames are 0,
 * which doesn't change a maximum of codes.
 */
export const maxPoolKernel = defineKernel(
  "maxPool",
  WINDOW,
  `${UNPACK}${PACK}

@compute @workgroup_size(${WORKGROUP})
fn maxPool(@builtin(global_invocation_id) id: vec3<u32>) {
  let pixel = id.x / task.words;
  if (pixel >= task.pixels) { return; }
  let word = id.x % task.words;
  let cell = vec2(pixel % task.width, pixel / task.width);
  var row = task.input + dot(cell, vec2(task.inputStepX, task.inputStepY)) + word;
  var most = vec4<u32>();
  for (var y = 0u; y < task.size; y++) {
    for (var x = 0u; x < task.size; x++) {
      most = max(most, unpack(arena[row + x * task.inputPixel]));
    }
    row += task.inputRow;
  }
  let to = task.output + dot(cell, vec2(task.outputStepX, task.outputStepY)) + word;
  arena[to] = pack(most);
}
`,
);

/**
 * A code is `trunc(min(sum * (1 / count * multiplier) + 0.5, qmax))`, as in the WASM
 * engine.
 */
export const avgPoolKernel = defineKernel(
  "avgPool",
  [
    ...WINDOW,
    "multipliers",
    "stride",
    "paddingX",
    "paddingY",
    "inputWidth",
    "inputHeight",
    "countIncludePad",
    "qmax",
  ],
  `${UNPACK}${PACK}

/** Number of rows or columns of a window that count. */
fn inside(at: u32, padding: u32, extent: u32) -> u32 {
  if (task.countIncludePad == 1u) { return task.size; }
  let end = at * task.stride + task.size;
  return min(end, padding + extent) - max(end - task.size, padding);
}

@compute @workgroup_size(${WORKGROUP})
fn avgPool(@builtin(global_invocation_id) id: vec3<u32>) {
  let pixel = id.x / task.words;
  if (pixel >= task.pixels) { return; }
  let word = id.x % task.words;
  let cell = vec2(pixel % task.width, pixel / task.width);
  var row = task.input + dot(cell, vec2(task.inputStepX, task.inputStepY)) + word;
  var sums = vec4<u32>();
  for (var y = 0u; y < task.size; y++) {
    for (var x = 0u; x < task.size; x++) {
      sums += unpack(arena[row + x * task.inputPixel]);
    }
    row += task.inputRow;
  }
  let count = inside(cell.x, task.paddingX, task.inputWidth) *
    inside(cell.y, task.paddingY, task.inputHeight);
  let multipliers = bitcast<vec4<f32>>(model[task.multipliers + word]);
  let means = vec4<f32>(sums) * (1.0 / f32(count) * multipliers) + 0.5;
  let to = task.output + dot(cell, vec2(task.outputStepX, task.outputStepY)) + word;
  arena[to] = pack(vec4<u32>(min(means, vec4(f32(task.qmax)))));
}
`,
);
