/** A component of the image, such as luma. */
@unmanaged
export class Component {
  /** Blocks of an MCU across and down, 1..4. */
  h: usize;
  v: usize;
  /** The side of what a block becomes: 1, 2, 4 or 8 samples. */
  side: usize;
  /** A ring of rows of samples: those of two rows of MCUs. */
  samples: usize;
  /** The number of these rows. */
  ring: usize;
  /** Bytes from one row of samples to the next. */
  stride: usize;
  /** Samples of the image, without the padding of MCUs. */
  width: usize;
  height: usize;
  /** Output pixels across and down for each sample. */
  expandX: usize;
  expandY: usize;
  /** Whether missing samples are interpolated, not repeated. */
  smooth: usize;
  /** i32 [80]: quantization factors of the coefficients, in zigzag order. */
  factors: usize;
  /** u8 [80]: their indices in a block of `side` x `side`, or {@linkcode NOWHERE}. */
  places: usize;
  /** The coefficients that the scale needs, as 64 bits. */
  neededLow: u32;
  neededHigh: u32;
  /** The stored blocks, see `coefficients.ts`; 0 if nothing is stored. */
  blocks: usize;
  /** Stored blocks in a row. */
  blocksAcross: usize;
  /** The bytes of a stored block. */
  blockBytes: usize;
  /** Huffman tables of the current scan. */
  dcTable: usize;
  acTable: usize;
  /** The last DC coefficient. */
  prediction: i32;
}

// @ts-ignore: decorator
@inline
export function neededBits(component: Component): u64 {
  return <u64> component.neededHigh << 32 | component.neededLow;
}

/** The index of coefficients that the scale doesn't need: past those of a block. */
export const NOWHERE: usize = 64;

/** The bytes of the records. */
export const COMPONENT_BYTES: usize = offsetof<Component>();
export const FRAME_BYTES: usize = offsetof<Frame>();
export const SCAN_BYTES: usize = offsetof<Scan>();

/** The components, and the range of pixels to decode. */
@unmanaged
export class Frame {
  /** 1, 3 or 4. */
  components: usize;
  component0: Component;
  component1: Component;
  component2: Component;
  component3: Component;
  /** A `Color`. */
  color: usize;
  /** The first pixel to decode in each row, and the end of the range. */
  left: usize;
  right: usize;
  /** The first MCU to decode in each row, and the end of the range. */
  firstColumn: usize;
  endColumn: usize;
  /** i32 [65]: a block, which is 0 between uses, and {@linkcode NOWHERE}. */
  block: usize;
  /** A line of samples for each component. */
  lines: usize;
  lineBytes: usize;
}

/** A scan, and the state of its decoding. */
@unmanaged
export class Scan {
  frame: Frame;
  /** A `ScanKind`. */
  kind: usize;
  /** 1..4. */
  components: usize;
  component0: Component;
  component1: Component;
  component2: Component;
  component3: Component;
  /** MCUs in a row; blocks, if it has one component. */
  columns: usize;
  /** MCUs between two restart markers; 0 for none. */
  restartInterval: usize;
  /** Its coefficients, in zigzag order. */
  firstCoefficient: i32;
  lastCoefficient: i32;
  /** The lowest bit of its coefficients: Al. */
  shift: i32;
  /** The row of MCUs that is decoded. */
  row: usize;
  /** Whether the row is transformed to samples. */
  visible: usize;
  /** The unread bytes of the window, and whether no more come after them. */
  position: usize;
  end: usize;
  isLast: usize;
  /** The next MCU. This field and the following ones are 0 at first. */
  column: usize;
  /** MCUs since the last restart marker. */
  sinceRestart: usize;
  /** The number of the next restart marker, 0..7. */
  nextRestart: u32;
  /** Blocks that have no further coefficients in this scan. */
  endOfBandRun: i32;
  /** Whether the data has ended: blocks up to the next restart are 0. */
  starved: u32;
  /** How many of the buffered bits are padding, as the data has ended. */
  padding: i32;
  /** How many bits are buffered. */
  count: i32;
  /** The buffered bits, the first one on top; zeros below them. */
  bits: u64;
}

/** A component of a {@linkcode Frame} or a {@linkcode Scan}. */
// @ts-ignore: decorator
@inline
export function componentOf<T>(record: T, index: usize): Component {
  return load<Component>(
    changetype<usize>(record) + (index << 2),
    offsetof<T>("component0"),
  );
}
