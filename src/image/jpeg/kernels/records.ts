/**
 * The decoder's state in memory, which `../write_frame.ts` and `../open_scan.ts`
 * initialise. Addresses are in bytes.
 */

/** A component of the image: luma, say. */
@unmanaged
export class Component {
  /** Blocks of an MCU across and down, 1..4. */
  h: usize;
  v: usize;
  /** The side of what a block becomes: 1, 2, 4 or 8 samples. */
  side: usize;
  /** Of rows of samples that are used in turns: those of two rows of MCUs. */
  samples: usize;
  /** How many rows these are. */
  ring: usize;
  /** Between two rows of samples. */
  stride: usize;
  /** Samples that belong to the image; those beyond fill up MCUs. */
  width: usize;
  height: usize;
  /** Output pixels across and down for each sample. */
  expandX: usize;
  expandY: usize;
  /** Whether missing samples are interpolated, not repeated. */
  smooth: usize;
  /** i32 factors of the coefficients, in zigzag order; 16 more than there are. */
  factors: usize;
  /** u8: where each of them lies in a block of `side` x `side`, or {@linkcode NOWHERE}. */
  places: usize;
  /** Which of them the scale needs, as 64 bits. */
  neededLow: u32;
  neededHigh: u32;
  /** Of the stored blocks, see `coefficients.ts`; 0 where nothing is stored. */
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
export function neededOf(component: Component): u64 {
  return <u64> component.neededHigh << 32 | component.neededLow;
}

/** The place of a coefficient that the scale doesn't need, past all of a block. */
export const NOWHERE: usize = 64;

/** The bytes of the records. */
export const COMPONENT_BYTES: usize = offsetof<Component>();
export const FRAME_BYTES: usize = offsetof<Frame>();
export const SCAN_BYTES: usize = offsetof<Scan>();

/** All components, and how pixels are made of them. */
@unmanaged
export class Frame {
  /** How many, 1, 3 or 4. */
  components: usize;
  component0: Component;
  component1: Component;
  component2: Component;
  component3: Component;
  /** A `Color`. */
  color: usize;
  /** Which output pixels of each row are made. */
  left: usize;
  right: usize;
  /** Which MCUs of each row are made. */
  firstColumn: usize;
  endColumn: usize;
  /** Of an i32 block of 64, zeros between uses, and a place for what goes nowhere. */
  block: usize;
  /** Of a line of samples for each component. */
  lines: usize;
  lineBytes: usize;
}

/** A scan, and how far it has got. */
@unmanaged
export class Scan {
  frame: Frame;
  /** A `ScanKind`. */
  kind: usize;
  /** How many components it has, 1..4. */
  components: usize;
  component0: Component;
  component1: Component;
  component2: Component;
  component3: Component;
  /** MCUs in a row; blocks, if it has one component. */
  columns: usize;
  /** MCUs between two restart markers; 0 for none. */
  restartInterval: usize;
  /** The coefficients that it has, in zigzag order. */
  firstCoefficient: i32;
  lastCoefficient: i32;
  /** The bit that it begins with: successive approximation's Al. */
  shift: i32;
  /** Which row of MCUs is decoded. */
  row: usize;
  /** Whether the row is made into samples. */
  visible: usize;
  /** The unread bytes of the window, and whether no more come after them. */
  position: usize;
  end: usize;
  isLast: usize;
  /** What follows is 0 at the beginning. The next MCU. */
  column: usize;
  /** MCUs since the last restart marker. */
  sinceRestart: usize;
  /** The number of the next restart marker, 0..7. */
  nextRestart: u32;
  /** Blocks that have no further coefficients in this scan. */
  endOfBandRun: i32;
  /** Whether the data ended before the blocks; those to the next restart are 0. */
  starved: u32;
  /** How many of the buffered bits were made up, as there was no data. */
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
