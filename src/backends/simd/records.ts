/**
 * How a program lies in WASM memory: what `kernels/step.ts` and
 * `kernels/program.ts` read. All numbers are 32-bit words, in this order.
 *
 * @module
 */

/** The bytes of what precedes the levels, of a level, and of a step. */
export const PROGRAM_BYTES = 64;
export const LEVEL_BYTES = 64;
export const STEP_BYTES = 128;

/** The bytes that say how the sums of 8 channels become codes. */
export const RESCALE_BYTES = 96;

/** The most pixels of a convolution's task, and the bytes of their table. */
export const TASK_PIXELS = 384;
export const TABLE_BYTES = (TASK_PIXELS + 2) * 8;

/** The kernels, by the number that a step has for them. */
export const KINDS = {
  border: 0,
  convPlain: 1,
  convI32: 2,
  convI16: 3,
  maxPool: 4,
  averagePool: 5,
  globalAveragePool: 6,
  dense: 7,
  softmax: 8,
} as const;

/** The name of a kernel. */
export type Kind = keyof typeof KINDS;

const CONVOLUTION = [
  "input",
  "inputStepX",
  "inputStepY",
  "inputRow",
  "run",
  "kernelRows",
  "output",
  "outputStepX",
  "outputStepY",
  "width",
  "pixels",
  "taskPixels",
  "weights",
  "panels",
  "taskPanels",
  "lastChannels",
  "rescale",
  "qmax",
  "signMask",
] as const;

const MAX_POOL = [
  "input",
  "inputStepX",
  "inputStepY",
  "inputRow",
  "inputPixel",
  "size",
  "output",
  "outputStepX",
  "outputStepY",
  "width",
  "height",
  "taskRows",
  "channels",
  "signMask",
] as const;

/** What follows a step's kind and number of tasks. */
const FIELDS = {
  border: ["start", "before", "inside", "between", "rows", "after", "fill"],
  convPlain: CONVOLUTION,
  convI32: CONVOLUTION,
  convI16: CONVOLUTION,
  maxPool: MAX_POOL,
  averagePool: [
    ...MAX_POOL,
    "multipliers",
    "stride",
    "paddingX",
    "paddingY",
    "inputWidth",
    "inputHeight",
    "countIncludePad",
    "qmax",
  ],
  globalAveragePool: [
    "input",
    "inputPixel",
    "inputRow",
    "width",
    "height",
    "channels",
    "multipliers",
    "output",
    "signMask",
  ],
  dense: [
    "input",
    "inputs",
    "weights",
    "scale",
    "bias",
    "output",
    "units",
    "taskUnits",
    "relu",
  ],
  softmax: ["input", "output", "count"],
} as const satisfies Record<Kind, readonly string[]>;

/** A kernel's arguments. */
export type Fields<K extends Kind> = Readonly<
  Record<(typeof FIELDS)[K][number], number>
>;

/** Writes the record of a step. `qmax` is an f32, all else whole. */
export function writeStep<K extends Kind>(
  memory: DataView,
  at: number,
  kind: K,
  tasks: number,
  fields: Fields<K>,
): void {
  memory.setUint32(at, KINDS[kind], true);
  memory.setUint32(at + 4, tasks, true);
  for (const [i, name] of FIELDS[kind].entries()) {
    const value = fields[name as keyof Fields<K>];
    if (name === "qmax") memory.setFloat32(at + 8 + i * 4, value, true);
    else memory.setUint32(at + 8 + i * 4, value, true);
  }
}

/** Writes the record of a level. */
export function writeLevel(
  memory: DataView,
  at: number,
  tasks: number,
  firstStep: number,
): void {
  memory.setUint32(at + 16, tasks, true);
  memory.setUint32(at + 20, firstStep, true);
}
