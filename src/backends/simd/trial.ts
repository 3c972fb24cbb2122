/**
 * A small program whose results are known, which kernels must run right before
 * they run a network. The compilers of some engines are wrong: V8 before 12 loses
 * sums of the relaxed dot product in code that it hasn't optimised, on 32-bit ARM
 * in such places alone that no probe of the instruction finds it.
 *
 * It has the relaxed instructions where networks have them: a convolution of the
 * image and one of codes, both 3 x 3 with padding, and an average pool of what
 * the second gives. Two panels of channels, the last one not full, and tiles of 6
 * and of 5 pixels.
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

/** Pixels of a side, and with the frame of zeros around them. */
export const SIDE = 4;
const FRAMED = SIDE + 2;

/** The channels of all activations. */
export const CHANNELS = 12;
const PANELS = 2;

/** The bytes of a window's row, of a row with its frame, and of one without. */
const RUN = 3 * CHANNELS;
const ROW = FRAMED * CHANNELS;
const INNER_ROW = SIDE * CHANNELS;

/** The bytes of a panel's weights. */
const PANEL_BYTES = 3 * RUN * 8;

/** Pixels of a task: two tiles of 6, and a rest of 4 for a tile of 5. */
const TASK_PIXELS = 12;

/** The hash of all results, by the bits of activations. */
const EXPECTED = { 7: 1169212251, 8: -135698183 } as const;

/** Calls between two looks at the clock. */
const CALLS = 20;

/** The kernels that the trial calls. */
type TrialKernels = Pick<KernelExports, "run" | ConvKind>;

/** Kernels on a memory that has the trial's program. */
export interface Trial {
  /** Runs the program; says whether all results are right. */
  passes(): boolean;
  /** Runs the convolution for nothing: for `ms`, but not more than `calls` times. */
  warmUp(ms: number, calls: number): void;
  /** Where results lie, and the weights and tables that make them. */
  readonly places: TrialPlaces;
}

/** Addresses in a trial's memory. */
export interface TrialPlaces {
  /** `[FRAMED, FRAMED, CHANNELS]`: what is convolved, as bytes. */
  readonly image: number;
  readonly codes: number;
  /** `[PANELS, 3, RUN / 4, 8, 4]` */
  readonly weights: number;
  /** `PANELS` records of `RESCALE_BYTES`. */
  readonly rescale: number;
  /** One f32 a channel. */
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
 * @param memory Of at least a page, of which nothing is kept.
 */
export function prepareTrial(
  kernels: TrialKernels,
  { buffer }: { readonly buffer: ArrayBufferLike },
  { bits, conv, image, signed }: KernelConfig,
): Trial {
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);
  bytes.fill(0);
  let end = 64; // No address is 0.
  const claim = (length: number) => {
    const address = end;
    end += align(length);
    return address;
  };
  const program = claim(PROGRAM_BYTES + 2 * LEVEL_BYTES);
  const steps = claim(3 * STEP_BYTES);
  const framed = FRAMED * ROW;
  const places = {
    image: claim(framed),
    codes: claim(framed),
    weights: claim(PANELS * PANEL_BYTES),
    rescale: claim(PANELS * RESCALE_BYTES),
    multipliers: claim(16 * 4),
    imageResult: claim(SIDE * INNER_ROW),
    result: claim(framed),
    pooled: claim(SIDE * INNER_ROW),
  };
  const scratch = claim(0);
  const { rescale, weights, result, pooled } = places;
  const signBit = signed ? 0x80 : 0;
  const signMask = signBit * 0x01010101;
  const qmax = 2 ** bits - 1;

  let state = 1;
  const random = () => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return state >>> 24;
  };
  bytes.fill(signBit, places.codes, places.codes + framed);
  for (let y = 1; y <= SIDE; y++) {
    const row = y * ROW + CHANNELS;
    for (let at = row; at < row + INNER_ROW; at++) {
      const code = random();
      bytes[places.image + at] = code;
      bytes[places.codes + at] = (code & qmax) ^ signBit;
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
    const own = new Int8Array(
      buffer,
      weights + panel * PANEL_BYTES,
      PANEL_BYTES,
    );
    new Int32Array(buffer, at + 64, 8).set(initialSums(own));
  }
  new Float32Array(buffer, places.multipliers, CHANNELS).fill(1.25);

  const groups = PANELS * Math.ceil(SIDE * SIDE / TASK_PIXELS);
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
    weights,
    panels: PANELS,
    taskPanels: 1,
    lastChannels: CHANNELS - 8,
    rescale,
    qmax,
    signMask,
  };
  writeStep(view, steps, conv, groups, {
    ...convolution,
    input: places.codes,
    output: result + ROW + CHANNELS,
    outputStepY: ROW,
  });
  // Its bytes are unsigned everywhere; sums that begin with anything but 0 are
  // for kernels that read others.
  writeStep(view, steps + STEP_BYTES, image, groups, {
    ...convolution,
    input: places.image,
    output: places.imageResult,
    outputStepY: INNER_ROW,
  });
  writeStep(view, steps + 2 * STEP_BYTES, "averagePool", 1, {
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
    multipliers: places.multipliers,
    stride: 1,
    paddingX: 1,
    paddingY: 1,
    inputWidth: SIDE,
    inputHeight: SIDE,
    countIncludePad: 0,
    qmax,
  });
  const level = program + PROGRAM_BYTES;
  writeLevel(view, level, 2 * groups, steps);
  writeLevel(view, level + LEVEL_BYTES, 1, steps + 2 * STEP_BYTES);

  const words = new Uint32Array(buffer);
  const hash = () => {
    // What a former run wrote mustn't pass for this one's.
    bytes.fill(signBit, places.imageResult, pooled + SIDE * INNER_ROW);
    kernels.run(program, 2, scratch);
    let hash = 0;
    for (let i = places.imageResult >> 2; i < scratch >> 2; i++) {
      hash = Math.imul(hash ^ words[i]! ^ signMask, 0x01000193);
      hash ^= hash >>> 15;
    }
    return hash;
  };
  return {
    places,
    passes: () => hash() === EXPECTED[bits],
    warmUp(ms, calls) {
      const end = performance.now() + ms;
      for (let done = 0; done < calls; done += CALLS) {
        if (performance.now() >= end) break;
        for (let i = 0; i < CALLS; i++) kernels[conv](steps, i & 1, scratch);
      }
    },
  };
}
