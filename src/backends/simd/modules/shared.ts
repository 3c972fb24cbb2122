// Made by `deno task build` from `kernels/shared.ts`.
// deno-fmt-ignore-file
export const TABLE_BYTES = 3088;
export const TASK_PIXELS = 384;
export const WIDE_BYTES = 96;
/** Numbers of `Kind`. */
export const KIND = { border: 0, convPlain: 1, convI32: 2, convI16: 3,
  maxPool: 4, averagePool: 5, globalAveragePool: 6, dense: 7, softmax: 8,
  globalMaxPool: 9, flatten: 10, sigmoid: 11, convWinograd: 12,
  convWinogradLine: 13, convWide: 14, averagePoolWide: 15, } as const;
/** Offsets of a `Level`. */
export const LEVEL = { done: 8, sleeping: 12, tasks: 16, first: 20, } as const;
export const LEVEL_BYTES = 64;
/** Offsets of a `Program`. */
export const PROGRAM = { generation: 0, levels: 4, epoch: 8, } as const;
export const PROGRAM_BYTES = 64;
export const STEP_BYTES = 128;
/** Offsets of a `AveragePool`. */
export const AVERAGE_POOL = { kind: 0, tasks: 4, input: 8, inputStepX: 12,
  inputStepY: 16, inputRow: 20, inputPixel: 24, size: 28, output: 32,
  outputStepX: 36, outputStepY: 40, width: 44, height: 48, taskRows: 52,
  channels: 56, signMask: 60, multipliers: 64, stride: 68, paddingX: 72,
  paddingY: 76, inputWidth: 80, inputHeight: 84, countIncludePad: 88, qmax: 92,
  } as const;
/** Offsets of a `Border`. */
export const BORDER = { kind: 0, tasks: 4, start: 8, before: 12, inside: 16,
  between: 20, rows: 24, after: 28, fill: 32, } as const;
/** Offsets of a `Convolution`. */
export const CONVOLUTION = { kind: 0, tasks: 4, input: 8, inputStepX: 12,
  inputStepY: 16, inputRow: 20, run: 24, kernelRows: 28, output: 32,
  outputStepX: 36, outputStepY: 40, width: 44, pixels: 48, taskPixels: 52,
  weights: 56, panels: 60, taskPanels: 64, lastChannels: 68, rescale: 72,
  qmax: 76, signMask: 80, } as const;
/** Offsets of a `Dense`. */
export const DENSE = { kind: 0, tasks: 4, input: 8, inputs: 12, weights: 16,
  scale: 20, bias: 24, output: 28, units: 32, taskUnits: 36, relu: 40,
  } as const;
/** Offsets of a `GlobalPool`. */
export const GLOBAL_POOL = { kind: 0, tasks: 4, input: 8, inputPixel: 12,
  inputRow: 16, width: 20, height: 24, channels: 28, multipliers: 32,
  output: 36, signMask: 40, } as const;
/** Offsets of a `MaxPool`. */
export const MAX_POOL = { kind: 0, tasks: 4, input: 8, inputStepX: 12,
  inputStepY: 16, inputRow: 20, inputPixel: 24, size: 28, output: 32,
  outputStepX: 36, outputStepY: 40, width: 44, height: 48, taskRows: 52,
  channels: 56, signMask: 60, } as const;
/** Offsets of a `Probabilities`. */
export const PROBABILITIES = { kind: 0, tasks: 4, input: 8, output: 12,
  count: 16, } as const;
export const RESCALE_BYTES = 96;
export const WINOGRAD_BYTES = 8464;
export const LINE_BYTES = 3856;
/** What each kernel reads. */
export const RECORDS = { averagePool: AVERAGE_POOL,
  averagePoolWide: AVERAGE_POOL, border: BORDER, convI16: CONVOLUTION,
  convI32: CONVOLUTION, convPlain: CONVOLUTION, convWide: CONVOLUTION,
  dense: DENSE, flatten: GLOBAL_POOL, globalAveragePool: GLOBAL_POOL,
  globalMaxPool: GLOBAL_POOL, maxPool: MAX_POOL, sigmoid: PROBABILITIES,
  softmax: PROBABILITIES, convWinograd: CONVOLUTION,
  convWinogradLine: CONVOLUTION, } as const;
