import { startTimeSlice, type TimeSlice } from "../async/yield.ts";
import { ImageTooLargeError } from "../errors.ts";
import type { CropAndResize } from "../model/network.ts";
import { planPlaying, playFrames, type Playing } from "./animation/play.ts";
import { claimHeader, readCheckedHeader } from "./decode.ts";
import {
  type DecodeOptions,
  DEFAULT_MAX_PIXELS,
  FRAMES_PER_LIMIT,
  isMemoryScarce,
} from "./decode_options.ts";
import { FORMATS } from "./formats.ts";
import { FORMAT_NAMES, type ImageHeader } from "./image_format.ts";
import { bytesOrPixels, type ImageSource } from "./image_source.ts";
import type { Pixels } from "./pixels.ts";
import {
  planResize,
  preprocess,
  type PreprocessOptions,
} from "./preprocess.ts";

/** More than any encoder writes. Each frame needs some memory before it is decoded. */
const MAX_FRAMES = 100_000;

/** 4 for the canvas, and 4 for the pixels that a frame replaces. */
const BYTES_PER_PIXEL = 8;

/** A frame, preprocessed for the network. */
export interface FrameInput {
  /** Its index, from 0. */
  readonly frame: number;
  /** When the frame is first shown, in seconds. */
  readonly time: number;
  /** The number of frames of the image. */
  readonly frameCount: number;
  readonly input: Pixels;
}

/**
 * {@linkcode preprocess} of frames that are spread evenly over an animation, one by
 * one. A still image is one frame; of an animated AVIF or HEIC, only the first is used.
 * It needs memory for the canvas, for the pixels that a frame replaces if they are
 * restored later, and for the decoder.
 *
 * @param count The number of frames; all if the image has fewer.
 * @param options As {@linkcode preprocess} has checked them.
 * @throws {ImageTooLargeError} When too many pixels would be decoded, or too much
 * memory would be needed.
 * @throws As {@linkcode preprocess}.
 */
export async function* preprocessFrames(
  image: ImageSource,
  count: number,
  size: number,
  geometry: CropAndResize,
  options: PreprocessOptions,
): AsyncGenerator<FrameInput, void, void> {
  const bytes = await bytesOrPixels(image, options);
  const isFile = bytes instanceof Uint8Array;
  const header = isFile ? await readCheckedHeader(bytes, options) : undefined;
  const frameCount = header?.frames ?? 1;
  const load = header && frameCount > 1 && count > 1
    ? FORMATS[header.format].loadFrames
    : undefined;
  if (!isFile || !header || !load) {
    const input = await preprocess(bytes, size, geometry, options);
    return yield { frame: 0, time: 0, frameCount, input };
  }
  assertFrames(header);
  const canvasBytes = BYTES_PER_PIXEL * header.width * header.height;
  await claimHeader(bytes, header, options, canvasBytes);
  const open = await load();
  const animation = open(bytes, header, isMemoryScarce(options));
  const plan = planPlaying(animation, count);
  assertWork(header, plan, options);
  const timeSlice = startTimeSlice(options.signal);
  const begin = performance.now();
  let resizeTime = 0;
  let awayTime = 0;
  for await (const shown of playFrames(animation, plan, timeSlice)) {
    const resizing = performance.now();
    const input = await resizeCanvas(
      shown.pixels,
      header,
      size,
      geometry,
      timeSlice,
    );
    const end = performance.now();
    resizeTime += end - resizing;
    yield { frame: shown.index, time: shown.time, frameCount, input };
    awayTime += performance.now() - end;
  }
  options.onTimings?.({
    decode: performance.now() - begin - resizeTime - awayTime,
    resize: resizeTime,
  });
}

function assertFrames({ format, frames }: ImageHeader): void {
  if (frames! <= MAX_FRAMES) return;
  throw new ImageTooLargeError(
    `Cannot take several frames of a ${
      FORMAT_NAMES[format]
    } that has ${frames} as the limit is ${MAX_FRAMES}: take the first frame alone`,
    { limit: { of: "frames", allowed: MAX_FRAMES, found: frames! } },
  );
}

async function resizeCanvas(
  { data, width, height }: Pixels,
  { format, orientation }: ImageHeader,
  size: number,
  geometry: CropAndResize,
  timeSlice: TimeSlice,
): Promise<Pixels> {
  const stored = { format, width, height, orientation };
  const { resize } = planResize(stored, size, geometry);
  for (let y = resize.top; y < resize.bottom; y++) {
    resize.addRow(data, (y * width + resize.left) * 4);
    if (timeSlice.isOver()) await timeSlice.yield();
  }
  return resize.finish();
}

function assertWork(
  { format, frames }: ImageHeader,
  { shown, decoded, work }: Playing,
  { maxPixels = DEFAULT_MAX_PIXELS }: DecodeOptions,
): void {
  const most = FRAMES_PER_LIMIT * maxPixels;
  if (work <= most) return;
  throw new ImageTooLargeError(
    `Cannot take ${shown.length} of the ${frames} frames of a ${
      FORMAT_NAMES[format]
    } as decoding ${decoded.length} for that takes ${work} pixels and the limit is ${most}, ${FRAMES_PER_LIMIT} times that of an image: take fewer frames or raise maxPixels`,
    { limit: { of: "frame-pixels", allowed: most, found: work } },
  );
}
