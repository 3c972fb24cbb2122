/**
 * The records of steps: 32-bit words, which `../records.ts` writes. Addresses and
 * distances are in bytes.
 */

/** The beginning of every record. */
@unmanaged
export class Step {
  /** A `Kind`. */
  kind: usize;
  /** Number of tasks, which threads take one by one. */
  tasks: usize;
}

/** A convolution by the row-GEMM of `conv.ts`. */
@unmanaged
export class Convolution extends Step {
  /** Address of the window of the first output pixel. */
  input: usize;
  /** From a window to that of the next pixel in an output row. */
  inputStepX: usize;
  /** From a window to that of the pixel below. */
  inputStepY: usize;
  /** From a row of a window to the next. */
  inputRow: usize;
  /** Bytes of a row of a window, KW * C. */
  run: usize;
  /** Rows of a window, KH. */
  kernelRows: usize;
  /** Address of the first channel of the first output pixel. */
  output: usize;
  outputStepX: usize;
  outputStepY: usize;
  /** Output pixels of a row, of all rows, and of a task. */
  width: usize;
  pixels: usize;
  taskPixels: usize;
  /** Address of the packed weights: panels of 8 output channels. */
  weights: usize;
  panels: usize;
  taskPanels: usize;
  /** Channels of the last panel, 1..8. */
  lastChannels: usize;
  /** Address of `RESCALE_BYTES` for each panel. */
  rescale: usize;
  /** The largest code, 127 or 255. */
  qmax: u32;
  /** The bits in which codes differ from their bytes, for 4 bytes. */
  signMask: u32;
}

/**
 * Bytes of the table of a panel, 8 values each: f32 multipliers, f32 offsets with the
 * half that rounds, and i32 initial sums.
 */
export const RESCALE_BYTES: usize = 96;

/** A maximum over windows; fields as in {@linkcode Convolution}. */
@unmanaged
export class MaxPool extends Step {
  input: usize;
  inputStepX: usize;
  inputStepY: usize;
  inputRow: usize;
  /** From a pixel of a window to the next in its row. */
  inputPixel: usize;
  /** Height and width of a window, in pixels. */
  size: usize;
  output: usize;
  outputStepX: usize;
  outputStepY: usize;
  width: usize;
  height: usize;
  /** Output rows of a task. */
  taskRows: usize;
  channels: usize;
  signMask: u32;
}

/** A mean over windows. */
@unmanaged
export class AveragePool extends MaxPool {
  /** Address of an f32 for each channel, by which a mean of codes becomes a code. */
  multipliers: usize;
  /** In pixels. */
  stride: usize;
  /** Pixels of the first window that are before the input, on each axis. */
  paddingX: usize;
  paddingY: usize;
  inputWidth: usize;
  inputHeight: usize;
  /** Whether pixels outside the input count in the mean. */
  countIncludePad: usize;
  qmax: u32;
}

/** f32 values of all pixels: the mean or the maximum of each channel, or all of them. */
@unmanaged
export class GlobalPool extends Step {
  input: usize;
  inputPixel: usize;
  inputRow: usize;
  width: usize;
  height: usize;
  channels: usize;
  /** Address of an f32 for each channel, by which a sum or a code becomes a value. */
  multipliers: usize;
  output: usize;
  signMask: u32;
}

/** A fully connected layer. */
@unmanaged
export class Dense extends Step {
  /** Address of f32 values, followed by zeros up to a multiple of 16. */
  input: usize;
  inputs: usize;
  /** Address of i8 values, `[units, inputs]`. */
  weights: usize;
  /** Addresses of an f32 for each unit. */
  scale: usize;
  bias: usize;
  output: usize;
  units: usize;
  taskUnits: usize;
  /** Whether negative results become 0. */
  relu: usize;
}

/** Logits to probabilities. */
@unmanaged
export class Probabilities extends Step {
  /** Addresses of f32 values. */
  input: usize;
  output: usize;
  count: usize;
}

/** The frame of zeros around an activation. */
@unmanaged
export class Border extends Step {
  /** Address of the frame. */
  start: usize;
  /** Bytes before the first row, of a row, between two rows, and after the last. */
  before: usize;
  inside: usize;
  between: usize;
  rows: usize;
  after: usize;
  /** The code 0, four times. */
  fill: u32;
}
