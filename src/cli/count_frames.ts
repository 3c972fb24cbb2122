import { FORMATS } from "../image/formats.ts";
import { FORMAT_NAMES } from "../image/image_format.ts";
import { readImageHeader } from "../image/read_header.ts";
import type { Terminal } from "./terminal.ts";

/** The frames of an image that are run, and how many it has. */
export interface RunFrames {
  readonly run: number;
  readonly all: number;
}

/**
 * Counts the frames of an image that are run if `asked` are requested. Warns if only the
 * first one can be decoded.
 */
export function countFrames(
  io: Terminal,
  file: string,
  bytes: Uint8Array,
  asked: number,
): RunFrames {
  const { format, frames: all = 1 } = readImageHeader(bytes);
  if (FORMATS[format].loadFrames) return { run: Math.min(asked, all), all };
  if (all > 1 && asked > 1) {
    const name = FORMAT_NAMES[format];
    io.tellWarning(
      `${file}: only the first of its ${all} frames was run, as the others of an animated ${name} can't be decoded. For all of them, convert it to GIF or WebP`,
    );
  }
  return { run: 1, all };
}

/** Describes the frames of an answer, for people; empty for a still image. */
export function framesText({ run, all }: RunFrames): string {
  if (all === 1) return "";
  if (run === 1) return ` (the first of its ${all} frames)`;
  return run === all
    ? ` (mean of its ${all} frames)`
    : ` (mean of ${run} of its ${all} frames)`;
}
