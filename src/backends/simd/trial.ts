/**
 * A small program with known results, which kernels must run correctly before they run
 * a network. Some engines have faulty compilers: V8 before 12 loses sums of the
 * relaxed dot product in code that it hasn't optimised. On 32-bit ARM a probe of the
 * instruction alone doesn't find that.
 *
 * The program uses the relaxed instructions as networks do: a convolution of the image
 * and one of codes, both 3 x 3 with padding, and an average pool of the result of the
 * second. There are two panels of channels, the last one not full, and tiles of 6 and
 * of 5 pixels.
 *
 *     image 4 x 4 x 12 -> image convolution -> 4 x 4 x 12
 *     codes 4 x 4 x 12 -> convolution -> 4 x 4 x 12 -> average pool -> 4 x 4 x 12
 *
 * @module
 */
import { align } from "../int8/arena.ts";
import { initialSums } from "../int8/tables.ts";
import type { ConvKind, KernelConfig } from "./kernel_config.ts";
import type { KernelExports } from "./kernel_exports.ts";
import {
  LEVEL_BYTES,
  PROGRAM_BYTES,
  RESCALE_BYTES,
  STEP_BYTES,
  writeLevel,
  writeStep,
} from "./records.ts";

/** Height and width of activations in pixels, without and with their frame of zeros. */
export const SIDE = 4;
const FRAMED = SIDE + 2;

/** Channels of all activations. */
export const CHANNELS = 12;
const PANELS = 2;

/** Bytes of a row of a window, of a row with its frame, and of one without. */
const RUN = 3 * CHANNELS;
const ROW = FRAMED * CHANNELS;
const INNER_ROW = SIDE * CHANNELS;

/** Bytes of an activation with its frame. */
const FRAMED_BYTES = FRAMED * ROW;

/** Bytes of the weights of a panel. */
const PANEL_BYTES = 3 * RUN * 8;

/** Pixels of a task: two tiles of 6, and 4 more for a tile of 5. */
const TASK_PIXELS = 12;

/** Hash of all results, by the bits of activations. */
const EXPECTED = { 7: 1169212251, 8: -135698183 } as const;

/** Calls between two readings of the clock. */
const CALLS = 20;

/** The tasks of a convolution. */
const CONV_TASKS = PANELS * Math.ceil(SIDE * SIDE / TASK_PIXELS);

/** The kernels that the trial calls. */
type TrialKernels = Pick<KernelExports, "run" | ConvKind>;

/** Kernels and the program of the trial in their memory. */
export interface Trial {
  /** Runs the program and returns whether all results are right. */
  passes(): boolean;
  /** Runs the convolution for `ms` ms, at most `calls` times. */
  warmUp(ms: number, calls: number): void;
  /** Addresses in the memory. */
  readonly addresses: TrialAddresses;
}

/** Where inputs, weights, tables and results lie. */
export interface TrialAddresses {
  /** `[FRAMED, FRAMED, CHANNELS]`: the inputs of the convolutions, as bytes. */
  readonly image: number;
  readonly codes: number;
  /** `[PANELS, 3, RUN / 4, 8, 4]` */
  readonly weights: number;
  /** `PANELS` records of `RESCALE_BYTES`. */
  readonly rescale: number;
  /** One f32 for each channel. */
  readonly multipliers: number;
  /** `[SIDE, SIDE, CHANNELS]` */
  readonly imageResult: number;
  /** `[FRAMED, FRAMED, CHANNELS]` */
  readonly result: number;
  /** `[SIDE, SIDE, CHANNELS]` */
  readonly pooled: number;
}

/**
 * Writes the program.
 *
 * @param memory At least a page. Its content is lost.
 */
export function prepareTrial(
  kernels: TrialKernels,
  { buffer }: { readonly buffer: ArrayBufferLike },
  config: KernelConfig,
): Trial {
  const bytes = new Uint8Array(buffer);
  const words = new Uint32Array(buffer);
  bytes.fill(0);
  let end = 64; // No address is 0.
  const claim = (length: number) => {
    const address = end;
    end += align(length);
    return address;
  };
  const program = claim(PROGRAM_BYTES + 2 * LEVEL_BYTES);
  const steps = claim(3 * STEP_BYTES);
  const addresses = {
    image: claim(FRAMED_BYTES),
    codes: claim(FRAMED_BYTES),
    weights: claim(PANELS * PANEL_BYTES),
    rescale: claim(PANELS * RESCALE_BYTES),
    multipliers: claim(16 * 4),
    imageResult: claim(SIDE * INNER_ROW),
    result: claim(FRAMED_BYTES),
    pooled: claim(SIDE * INNER_ROW),
  };
  const scratch = claim(0);
  const view = new DataView(buffer);
  writeNumbers(view, addresses, config);
  writeSteps(view, steps, addresses, config);
  const level = program + PROGRAM_BYTES;
  writeLevel(view, level, 2 * CONV_TASKS, steps);
  writeLevel(view, level + LEVEL_BYTES, 1, steps + 2 * STEP_BYTES);

  const signBit = config.signed ? 0x80 : 0;
  const hash = () => {
    // The results of an earlier run mustn't pass for those of this one.
    bytes.fill(signBit, addresses.imageResult, scratch);
    kernels.run(program, 2, scratch);
    let hash = 0;
    for (let i = addresses.imageResult >> 2; i < scratch >> 2; i++) {
      hash = Math.imul(hash ^ words[i]! ^ signBit * 0x01010101, 0x01000193);
      hash ^= hash >>> 15;
    }
    return hash;
  };
  return {
    addresses,
    passes: () => hash() === EXPECTED[config.bits],
    warmUp(ms, calls) {
      const end = performance.now() + ms;
      const conv = kernels[config.conv];
      for (let done = 0; done < calls; done += CALLS) {
        if (performance.now() >= end) break;
        for (let i = 0; i < CALLS; i++) conv(steps, i & 1, scratch);
      }
    },
  };
}

/** Writes inputs, weights and tables, all of them noise. */
function writeNumbers(
  view: DataView,
  { image, codes, weights, rescale, multipliers }: TrialAddresses,
  { bits, signed }: KernelConfig,
): void {
  const { buffer } = view;
  const bytes = new Uint8Array(buffer);
  let state = 1;
  const random = () => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return state >>> 24;
  };
  const signBit = signed ? 0x80 : 0;
  bytes.fill(signBit, codes, codes + FRAMED_BYTES);
  for (let y = 1; y <= SIDE; y++) {
    const row = y * ROW + CHANNELS;
    for (let at = row; at < row + INNER_ROW; at++) {
      const code = random();
      bytes[image + at] = code;
      bytes[codes + at] = (code & 2 ** bits - 1) ^ signBit;
    }
  }
  for (let at = weights; at < weights + PANELS * PANEL_BYTES; at++) {
    bytes[at] = Math.max(random() - 128, -127);
  }
  for (let panel = 0; panel < PANELS; panel++) {
    const at = rescale + panel * RESCALE_BYTES;
    for (let channel = 0; channel < 8; channel++) {
      view.setFloat32(at + channel * 4, 2 ** -(9 + channel % 3), true);
      view.setFloat32(at + 32 + channel * 4, 60.5 + channel, true);
    }
    if (!signed) continue;
    const start = weights + panel * PANEL_BYTES;
    const sums = initialSums(new Int8Array(buffer, start, PANEL_BYTES));
    new Int32Array(buffer, at + 64, 8).set(sums);
  }
  new Float32Array(buffer, multipliers, CHANNELS).fill(1.25);
}

/** Writes the convolution of codes, that of the image, and the pool. */
function writeSteps(
  view: DataView,
  at: number,
  { image, codes, imageResult, result, pooled, ...tables }: TrialAddresses,
  config: KernelConfig,
): void {
  const qmax = 2 ** config.bits - 1;
  const signMask = config.signed ? 0x80808080 : 0;
  const convolution = {
    inputStepX: CHANNELS,
    inputStepY: ROW,
    inputRow: ROW,
    run: RUN,
    kernelRows: 3,
    outputStepX: CHANNELS,
    width: SIDE,
    pixels: SIDE * SIDE,
    taskPixels: TASK_PIXELS,
    weights: tables.weights,
    panels: PANELS,
    taskPanels: 1,
    lastChannels: CHANNELS - 8,
    rescale: tables.rescale,
    qmax,
    signMask,
  };
  writeStep(view, at, config.conv, CONV_TASKS, {
    ...convolution,
    input: codes,
    output: result + ROW + CHANNELS,
    outputStepY: ROW,
  });
  // The image's bytes are unsigned. Where initial sums aren't 0, its kernel is the
  // plain one, which ignores them.
  writeStep(view, at + STEP_BYTES, config.image, CONV_TASKS, {
    ...convolution,
    input: image,
    output: imageResult,
    outputStepY: INNER_ROW,
  });
  writeStep(view, at + 2 * STEP_BYTES, "averagePool", 1, {
    input: result,
    inputStepX: CHANNELS,
    inputStepY: ROW,
    inputRow: ROW,
    inputPixel: CHANNELS,
    size: 3,
    output: pooled,
    outputStepX: CHANNELS,
    outputStepY: INNER_ROW,
    width: SIDE,
    height: SIDE,
    taskRows: SIDE,
    channels: CHANNELS,
    signMask,
    multipliers: tables.multipliers,
    stride: 1,
    paddingX: 1,
    paddingY: 1,
    inputWidth: SIDE,
    inputHeight: SIDE,
    countIncludePad: 0,
    qmax,
  });
}
