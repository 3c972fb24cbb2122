/**
 * What the steps of a program look like in memory: a record of 32-bit words
 * each, which `../records.ts` writes. Addresses and distances are in bytes.
 */

/** What every record begins with. */
@unmanaged
export class Step {
  /** A `Kind`. */
  kind: usize;
  /** Into how many parts it is split, for threads to take. */
  tasks: usize;
}

/** A convolution by the row-GEMM of `conv.ts`. */
@unmanaged
export class Convolution extends Step {
  /** Of the window of the first output pixel. */
  input: usize;
  /** Between the windows of neighbours in a row of the output. */
  inputStepX: usize;
  /** Between the windows of the first pixels of two rows. */
  inputStepY: usize;
  /** Between two rows of a window. */
  inputRow: usize;
  /** The bytes of a window's row, KW * C. */
  run: usize;
  /** KH */
  kernelRows: usize;
  /** Of the first output pixel's first channel. */
  output: usize;
  outputStepX: usize;
  outputStepY: usize;
  /** Output pixels in a row. */
  width: usize;
  /** Output pixels. */
  pixels: usize;
  /** Output pixels of a task. */
  taskPixels: usize;
  /** Of the packed weights: panels of 8 output channels. */
  weights: usize;
  panels: usize;
  taskPanels: usize;
  /** The channels of the last panel, 1..8. */
  lastChannels: usize;
  /** Of `RESCALE_BYTES` for each panel. */
  rescale: usize;
  /** The largest code, 127 or 255. */
  qmax: u32;
  /** Bits that differ between a code and its byte, in each of 4 bytes. */
  signMask: u32;
}

/**
 * How the sums of a panel become codes, 8 values each: f32 multipliers, f32
 * offsets with the half that rounds, and i32 values with which sums begin.
 */
export const RESCALE_BYTES: usize = 96;

/** A maximum over windows. */
@unmanaged
export class MaxPool extends Step {
  /** Of the window of the first output pixel. */
  input: usize;
  inputStepX: usize;
  inputStepY: usize;
  /** Between two rows of a window. */
  inputRow: usize;
  /** Between two pixels of a window's row. */
  inputPixel: usize;
  /** The side of a window, in pixels. */
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
  /** Of an f32 a channel, by which a mean of codes becomes a code. */
  multipliers: usize;
  /** How far a window moves, in pixels. */
  stride: usize;
  /** How many pixels the first window begins before the input, on both axes. */
  paddingX: usize;
  paddingY: usize;
  inputWidth: usize;
  inputHeight: usize;
  /** Whether pixels outside of the input count in the mean. */
  countIncludePad: usize;
  qmax: u32;
}

/** A mean over all pixels, as f32. */
@unmanaged
export class GlobalAveragePool extends Step {
  input: usize;
  inputPixel: usize;
  inputRow: usize;
  width: usize;
  height: usize;
  channels: usize;
  /** Of an f32 a channel, by which a sum of codes becomes the mean; 0 beyond. */
  multipliers: usize;
  output: usize;
  signMask: u32;
}

/** A fully connected layer. */
@unmanaged
export class Dense extends Step {
  /** f32, followed by zeros up to a multiple of 16 values. */
  input: usize;
  inputs: usize;
  /** i8, `[units, inputs]` */
  weights: usize;
  /** f32, one a unit. */
  scale: usize;
  /** f32, one a unit. */
  bias: usize;
  output: usize;
  units: usize;
  taskUnits: usize;
  /** Whether negative results become 0. */
  relu: usize;
}

/** Logits to probabilities. */
@unmanaged
export class Softmax extends Step {
  input: usize;
  output: usize;
  count: usize;
}

/** The frame of zeros around an activation. */
@unmanaged
export class Border extends Step {
  /** Where the frame starts. */
  start: usize;
  /** The bytes before the first row. */
  before: usize;
  /** The bytes of a row, without the frame. */
  inside: usize;
  /** The bytes between two rows. */
  between: usize;
  rows: usize;
  /** The bytes after the last row. */
  after: usize;
  /** The code 0, four times. */
  fill: u32;
}
