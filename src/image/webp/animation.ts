import type { TimeSlice } from "../../async/yield.ts";
import {
  type Animation,
  type Frame,
  startClock,
  type TakeFrameRow,
} from "../animation/animation.ts";
import type { ImageHeader } from "../image_format.ts";
import { emitRows } from "../rows.ts";
import {
  CHUNKS,
  chunks,
  completeWebp,
  corrupt,
  joinChunks,
  uint24At,
} from "./chunks.ts";
import { decodeStill } from "./decode_still.ts";

/** Before a frame's own chunks: RFC 9649, section 2.7.1.1. */
const FRAME_HEADER = 16;
const ALPHA_FLAG = 0x10;

/** In pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Lists the frames of an animated WebP without reading their data. The canvas is
 * transparent at first, as in browsers, which ignore the background colour.
 *
 * @param isScarce Whether memory is too scarce for a worker.
 * @param most The maximum number of frames to read.
 */
export function openWebp(
  bytes: Uint8Array,
  { width, height }: Pick<ImageHeader, "width" | "height">,
  isScarce: boolean,
  most = Infinity,
): Animation {
  const file = completeWebp(bytes);
  const frames: Frame[] = [];
  const timeOf = startClock();
  for (const { type, body } of chunks(file)) {
    if (type !== CHUNKS.ANMF) continue;
    const frame = readFrame(body, isScarce, timeOf);
    if (frame.right > width || frame.bottom > height) {
      throw corrupt("a frame lies beyond its canvas");
    }
    frames.push(frame);
    if (frames.length === most) break;
  }
  if (frames.length === 0) throw corrupt("it has no frame");
  return { width, height, frames };
}

function readFrame(
  body: Uint8Array,
  isScarce: boolean,
  timeOf: (duration: number) => number,
): Frame {
  if (body.length < FRAME_HEADER) throw corrupt("a frame is cut off");
  const left = 2 * uint24At(body, 0);
  const top = 2 * uint24At(body, 3);
  const width = 1 + uint24At(body, 6);
  const height = 1 + uint24At(body, 9);
  const flags = body[15]!;
  return {
    left,
    top,
    right: left + width,
    bottom: top + height,
    time: timeOf(uint24At(body, 12) / 1000),
    replaces: (flags & 2) !== 0,
    disposal: flags & 1 ? "clear" : "keep",
    decode: (_, timeSlice, take) =>
      decodeFrame(body, { width, height }, isScarce, timeSlice, take),
  };
}

/** Decodes a frame as a still image. */
async function decodeFrame(
  body: Uint8Array,
  size: Size,
  isScarce: boolean,
  timeSlice: TimeSlice,
  take: TakeFrameRow,
): Promise<void> {
  const file = stillOf(body, size);
  await decodeStill(file, size, isScarce, async (image) => {
    if (timeSlice.isOver()) await timeSlice.yield();
    await emitRows(image, timeSlice, take);
  });
}

/**
 * A WebP made of a frame's chunks: its pixels, preceded by the alpha of a lossy frame.
 */
function stillOf(body: Uint8Array, size: Size): Uint8Array {
  let alpha: Uint8Array | undefined;
  for (const { type, whole } of chunks(body, FRAME_HEADER)) {
    if (type === CHUNKS.VP8L) return joinChunks(whole);
    if (type === CHUNKS.VP8) {
      return alpha === undefined
        ? joinChunks(whole)
        : joinChunks(extendedHeader(size), alpha, whole);
    }
    if (type === CHUNKS.ALPH) alpha = whole;
  }
  throw corrupt("a frame has no pixels");
}

/** The `VP8X` of an image with alpha. */
function extendedHeader({ width, height }: Size): Uint8Array {
  const view = new DataView(new ArrayBuffer(18));
  view.setUint32(0, CHUNKS.VP8X);
  view.setUint32(4, 10, true);
  view.setUint8(8, ALPHA_FLAG);
  // 24 bits each.
  view.setUint32(12, width - 1, true);
  view.setUint16(15, height - 1 & 0xffff, true);
  view.setUint8(17, height - 1 >> 16);
  return new Uint8Array(view.buffer);
}
