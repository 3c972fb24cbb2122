import { CorruptImageError } from "../../errors.ts";

// Blocks and their layouts: GIF89a, sections 18 to 27.
const SCREEN_END = 13;
const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const FRAME = 0x2c;
const FRAME_HEADER = 10;

/** A frame of a GIF, not decompressed. */
export interface GifFrame {
  /** The position on the canvas, or beyond it, in pixels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Whether its rows come in four passes. */
  readonly interlaced: boolean;
  /** RGB, its own or the file's; empty if there is none. */
  readonly palette: Uint8Array;
  /** The index of transparent pixels; -1 for none. */
  readonly transparent: number;
  /** The disposal method, 0..7: see `animation.ts`. */
  readonly disposal: number;
  /** In hundredths of a second. */
  readonly delay: number;
  /** Bits per index. */
  readonly literalBits: number;
  /** The offset of its data in the file. */
  readonly data: number;
}

/** The part of a GIF before its frames. */
export interface Screen {
  /** The canvas in pixels; some writers leave it 0. */
  readonly width: number;
  readonly height: number;
  /** RGB; empty if there is none. */
  readonly palette: Uint8Array;
  /** The offset of the first block. */
  readonly end: number;
}

export function readScreen(bytes: Uint8Array): Screen {
  if (bytes.length < SCREEN_END) throw truncated(bytes);
  const palette = readPalette(bytes, SCREEN_END, bytes[10]!);
  return {
    width: uint16At(bytes, 6),
    height: uint16At(bytes, 8),
    palette,
    end: SCREEN_END + palette.length,
  };
}

/** Where a frame begins in the file, and how it is shown. */
export interface FrameStart {
  readonly at: number;
  readonly control: Control;
}

/**
 * Walks the frames up to the trailer, or to the end of a file that is cut short. As in
 * browsers, anything that isn't a block ends the GIF. The frames' data isn't touched.
 */
export function* frameStarts(
  bytes: Uint8Array,
  { end }: Screen,
): Generator<FrameStart, void, void> {
  let control = NO_CONTROL;
  for (let at = end; at < bytes.length;) {
    if (bytes[at] === EXTENSION) {
      const start = at + 2;
      at = skipData(bytes, start);
      if (bytes[start - 1] === GRAPHIC_CONTROL && at <= bytes.length) {
        control = readControl(bytes, start);
      }
    } else if (bytes[at] === FRAME) {
      yield { at, control };
      control = NO_CONTROL;
      const flags = bytes[at + FRAME_HEADER - 1] ?? 0;
      at = skipData(bytes, at + FRAME_HEADER + paletteBytes(flags) + 1);
    } else return;
  }
}

/** How a frame is shown. */
type Control = Pick<GifFrame, "transparent" | "disposal" | "delay">;

const NO_CONTROL: Control = { transparent: -1, disposal: 0, delay: 0 };

function readControl(bytes: Uint8Array, start: number): Control {
  if (bytes[start]! < 4) return NO_CONTROL;
  const flags = bytes[start + 1]!;
  return {
    transparent: flags & 1 ? bytes[start + 4]! : -1,
    disposal: flags >> 2 & 7,
    delay: uint16At(bytes, start + 2),
  };
}

/**
 * @throws {CorruptImageError} When the frame is damaged, or cut short before its data.
 */
export function readFrame(
  bytes: Uint8Array,
  screen: Screen,
  { at, control }: FrameStart,
): GifFrame {
  const start = at + FRAME_HEADER;
  if (start > bytes.length) throw truncated(bytes);
  const flags = bytes[at + 9]!;
  const own = readPalette(bytes, start, flags);
  const data = start + own.length + 1;
  const literalBits = bytes[data - 1];
  if (literalBits === undefined) throw truncated(bytes);
  if (literalBits < 1 || literalBits > 8) {
    throw corrupt(`it is damaged: its colours have ${literalBits} bits`);
  }
  return {
    left: uint16At(bytes, at + 1),
    top: uint16At(bytes, at + 3),
    width: uint16At(bytes, at + 5),
    height: uint16At(bytes, at + 7),
    interlaced: (flags & 0x40) !== 0,
    palette: own.length > 0 ? own : screen.palette,
    ...control,
    literalBits,
    data,
  };
}

function readPalette(
  bytes: Uint8Array,
  start: number,
  flags: number,
): Uint8Array {
  const end = start + paletteBytes(flags);
  if (end > bytes.length) throw truncated(bytes);
  return bytes.subarray(start, end);
}

/**
 * @param flags The highest bit says whether there is a palette, the lowest three its
 * size.
 */
function paletteBytes(flags: number): number {
  return flags & 0x80 ? 3 * (2 << (flags & 7)) : 0;
}

/**
 * The end of the data blocks that begin at `at`: beyond the file if it is cut short.
 */
function skipData(bytes: Uint8Array, at: number): number {
  let size: number | undefined;
  while ((size = bytes[at++]) !== undefined && size > 0) at += size;
  return at;
}

function uint16At(bytes: Uint8Array, at: number): number {
  return bytes[at]! | bytes[at + 1]! << 8;
}

export function corrupt(why: string): CorruptImageError {
  return new CorruptImageError(`Cannot decode the GIF as ${why}`, "gif");
}

export function truncated(bytes: Uint8Array): CorruptImageError {
  return corrupt(
    `it is truncated: it ends in the middle, after ${bytes.length} bytes`,
  );
}
