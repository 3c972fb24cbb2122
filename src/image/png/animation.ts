import type { TimeSlice } from "../../async/yield.ts";
import {
  type Animation,
  type Frame,
  startClock,
  type TakeFrameRow,
} from "../animation/animation.ts";
import { crc32 } from "../../io/crc32.ts";
import { type Chunk, CHUNKS, chunks, corrupt, uint32At } from "./chunks.ts";
import { decodeParsed } from "./decode_rows.ts";
import { assertSame, type ParsedPng, parsePng } from "./parse.ts";

// Chunks and their layouts: PNG 3, section 11.3.6.
const ANIMATION_BYTES = 8;
const FRAME_BYTES = 26;
const DISPOSALS = ["keep", "clear", "restore"] as const;

/** A frame without its data. */
type Control = Omit<Frame, "decode">;

/**
 * Lists the frames of an animated PNG without reading their data. A default image that
 * isn't part of the animation counts as a frame of duration 0: programs without
 * animation support show it.
 */
export function openPng(bytes: Uint8Array): Animation {
  const png = parsePng(bytes, true);
  const { width, height } = png;
  const frames: Frame[] = [];
  const timeOf = startClock();
  let promised = 0;
  let controls = 0;
  let control: Control | undefined;
  /** The next sequence number. */
  let next = 0;
  const add = (frame: Control, data: ParsedPng["data"]) => {
    frames.push(frameOf(bytes, png, frame, data));
    control = undefined;
  };
  for (const chunk of chunks(bytes)) {
    const { type, start, end } = chunk;
    if (type === CHUNKS.acTL) {
      assertChunk(bytes, chunk, ANIMATION_BYTES);
      promised = uint32At(bytes, start);
    } else if (type === CHUNKS.fcTL) {
      if (control) break; // It has no data.
      assertChunk(bytes, chunk, FRAME_BYTES);
      assertNumber(bytes, start, next++);
      control = readControl(bytes, start, png, timeOf);
      controls++;
    } else if (type === CHUNKS.fdAT) {
      if (end - start < 4) throw corrupt("a frame's data has no number");
      assertNumber(bytes, start, next++);
      if (control) add(control, { start, type });
    } else if (type === CHUNKS.IDAT && start === png.data.start) {
      if (control && (control.right < width || control.bottom < height)) {
        throw corrupt("its first frame isn't as large as its canvas");
      }
      add(control ?? defaultImage(png), png.data);
    }
  }
  if (control) throw corrupt("a frame has no data");
  if (controls !== promised) {
    throw corrupt(`it promises ${promised} frames and has ${controls}`);
  }
  return { width, height, frames };
}

/** The default image, as a frame of duration 0 before the animation. */
function defaultImage({ width, height }: ParsedPng): Control {
  return {
    left: 0,
    top: 0,
    right: width,
    bottom: height,
    time: 0,
    replaces: true,
    disposal: "clear",
  };
}

function readControl(
  bytes: Uint8Array,
  start: number,
  png: ParsedPng,
  timeOf: (duration: number) => number,
): Control {
  const [width, height, left, top] = [4, 8, 12, 16].map((offset) =>
    uint32At(bytes, start + offset)
  ) as [number, number, number, number];
  const right = left + width;
  const bottom = top + height;
  const isInside = right <= png.width && bottom <= png.height;
  if (width === 0 || height === 0 || !isInside) {
    throw corrupt("a frame is empty, or lies beyond the canvas");
  }
  const disposal = DISPOSALS[bytes[start + 24]!];
  const blending = bytes[start + 25]!;
  if (disposal === undefined || blending > 1) {
    throw corrupt("a frame is shown in an unknown way");
  }
  const parts = uint32At(bytes, start + 20);
  return {
    left,
    top,
    right,
    bottom,
    time: timeOf((parts >>> 16) / ((parts & 0xffff) || 100)),
    replaces: blending === 0,
    disposal,
  };
}

function frameOf(
  bytes: Uint8Array,
  png: ParsedPng,
  control: Control,
  data: ParsedPng["data"],
): Frame {
  const { left, top, right, bottom } = control;
  const size = { width: right - left, height: bottom - top };
  return {
    ...control,
    decode: (_, timeSlice: TimeSlice, take: TakeFrameRow) =>
      decodeParsed(bytes, { ...png, ...size, data }, timeSlice, take),
  };
}

/** Checks a chunk's length and checksum. */
function assertChunk(
  bytes: Uint8Array,
  { type, start, end }: Chunk,
  length: number,
): void {
  if (end - start !== length) throw corrupt("its animation has a wrong chunk");
  assertSame(crc32(bytes, start - 4, end), bytes, end, type);
}

/** Checks that no chunk of frames is missing. */
function assertNumber(bytes: Uint8Array, start: number, next: number): void {
  if (uint32At(bytes, start) === next) return;
  throw corrupt("the chunks of its frames aren't in order");
}
