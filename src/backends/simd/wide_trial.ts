import { align } from "../int8/arena.ts";
import type { ConvKind } from "./kernel_config.ts";
import { instantiate, type LoadedKernels } from "./kernels.ts";
import {
  RESCALE_BYTES,
  STEP_BYTES,
  TABLE_BYTES,
  WIDE_BYTES,
  writeStep,
} from "./records.ts";
import { weightSplitter } from "./split_weights.ts";
import { noise } from "./trial.ts";

/** A convolution and an average pool that both wide kernels and others can run. */
export interface WideTrial {
  /** Whether both give the same codes. */
  passes(): boolean;
  runWide(): void;
  runNarrow(): void;
}

/** Input codes (noise), `[height, width, channels]`, and the output channels. */
const [HEIGHT, WIDTH, INPUTS] = [7, 9, 48];
const OUTPUTS = 36;

/** Runs of the pool per run of the convolution: V8 optimises by the number of calls. */
const POOLS = 3;

/**
 * Writes a convolution and an average pool of 3 x 3 into `memory`, a page whose content
 * is lost. The convolution has tiles of 6 and of 5 pixels, and five panels, so that the
 * last one, which isn't full, has no second.
 */
export function prepareWideTrial(
  kernels: Pick<LoadedKernels, "module" | "wide">,
  memory: WebAssembly.Memory,
  conv: Exclude<ConvKind, "convPlain">,
): WideTrial {
  const height = HEIGHT - 2, width = WIDTH - 2;
  const pixels = height * width;
  const panels = Math.ceil(OUTPUTS / 8);
  const run = 3 * INPUTS;
  let end = 64;
  const claim = (bytes: number) => {
    const address = end;
    end += align(bytes);
    return address;
  };
  const [step, wideStep] = [claim(STEP_BYTES), claim(STEP_BYTES)];
  const poolStep = claim(STEP_BYTES);
  const scratch = claim(TABLE_BYTES + Math.ceil(pixels / 6) * WIDE_BYTES);
  const output = claim(pixels * OUTPUTS);
  const pooled = claim(pixels * INPUTS);
  const input = claim(HEIGHT * WIDTH * INPUTS);
  const weightBytes = panels * 8 * 3 * run;
  const weights = claim(weightBytes);
  const wideWeights = claim(weightBytes);
  const multipliers = claim(4 * INPUTS);
  const rescale = claim(panels * RESCALE_BYTES);
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(noise(end));
  // Codes of 7 bits are the same to all processors.
  for (let i = input; i < weights; i++) bytes[i]! &= 127;
  const view = new DataView(memory.buffer);
  for (let at = rescale; at < end; at += RESCALE_BYTES) {
    for (let channel = 0; channel < 8; channel++) {
      const value = at + 4 * channel;
      view.setFloat32(value, 2 ** -(9 + channel % 3), true);
      view.setFloat32(value + 32, 100 + channel, true);
      view.setInt32(value + 64, 1000 * channel, true);
    }
  }
  for (let channel = 0; channel < INPUTS; channel++) {
    view.setFloat32(multipliers + 4 * channel, 0.5 + channel / 64, true);
  }
  bytes.copyWithin(wideWeights, weights, weights + weightBytes);
  if (kernels.wide?.split) {
    const split = weightSplitter(kernels.wide, memory);
    split(wideWeights, wideWeights + weightBytes);
  }
  const windows = {
    input,
    inputStepX: INPUTS,
    inputStepY: WIDTH * INPUTS,
    inputRow: WIDTH * INPUTS,
    width,
    qmax: 255,
    signMask: 0,
  };
  const fields = {
    ...windows,
    run,
    kernelRows: 3,
    output,
    outputStepX: OUTPUTS,
    outputStepY: width * OUTPUTS,
    pixels,
    taskPixels: pixels,
    panels,
    taskPanels: panels,
    lastChannels: OUTPUTS - (panels - 1) * 8,
    rescale,
  };
  writeStep(view, step, conv, 1, { ...fields, weights });
  writeStep(view, wideStep, conv, 1, { ...fields, weights: wideWeights });
  // Both kernels of the pool have the same record.
  writeStep(view, poolStep, "averagePool", 1, {
    ...windows,
    inputPixel: INPUTS,
    output: pooled,
    outputStepX: INPUTS,
    outputStepY: width * INPUTS,
    height,
    size: 3,
    taskRows: height,
    channels: INPUTS,
    multipliers,
    stride: 1,
    paddingX: 1,
    paddingY: 1,
    inputWidth: width,
    inputHeight: height,
    countIncludePad: 0,
  });
  const exports = instantiate(kernels, memory);
  const runWide = () => {
    exports.convWide(wideStep, 0, scratch);
    for (let i = 0; i < POOLS; i++) {
      exports.averagePoolWide(poolStep, 0, scratch);
    }
  };
  const runNarrow = () => {
    exports[conv](step, 0, scratch);
    for (let i = 0; i < POOLS; i++) exports.averagePool(poolStep, 0);
  };
  const codes = (run: () => void) => {
    const place = bytes.subarray(output, input);
    place.fill(0);
    run();
    return place.slice();
  };
  return {
    runWide,
    runNarrow,
    passes() {
      const expected = codes(runNarrow);
      return codes(runWide).every((code, i) => code === expected[i]);
    },
  };
}
