import type { TimeSlice } from "../../async/yield.ts";
import type { Pixels } from "../pixels.ts";
import type { Animation, Frame } from "./animation.ts";
import { createCanvas } from "./canvas.ts";

/** A frame as shown: drawn on the canvas over all earlier frames. */
export interface ShownFrame {
  /** From 0. */
  readonly index: number;
  /** In seconds. */
  readonly time: number;
  /** Opaque. The next frame overwrites them. */
  readonly pixels: Pixels;
}

/** The frames of an animation that are shown, and the frames to decode for them. */
export interface Playing {
  readonly shown: readonly number[];
  /** In order, without frames that aren't visible in any shown frame. */
  readonly decoded: readonly number[];
  /** The pixels of all decoded frames, plus the canvas once per shown frame. */
  readonly work: number;
}

/**
 * Selects `count` frames spread over an animation: the first, the last, and frames at
 * intervals that are as equal as possible.
 */
export function planPlaying(animation: Animation, count: number): Playing {
  const { width, height, frames } = animation;
  const steps = Math.min(count, frames.length) - 1;
  const shown = Array.from(
    { length: steps + 1 },
    (_, i) => i && Math.round(i * (frames.length - 1) / steps),
  );
  const decoded: number[] = [];
  let next = 0;
  for (const target of shown) {
    let start = target;
    while (start > next && !isIndependent(animation, start)) start--;
    for (let i = start; i <= target; i++) decoded.push(i);
    next = target + 1;
  }
  const work = decoded.reduce(
    (sum, i) => sum + areaOf(frames[i]!),
    shown.length * width * height,
  );
  return { shown, decoded, work };
}

/** Whether earlier frames are invisible in this frame and in all later ones. */
function isIndependent(animation: Animation, index: number): boolean {
  const before = animation.frames[index - 1]!;
  const frame = animation.frames[index]!;
  return before.disposal === "clear" && isWhole(animation, before) ||
    frame.replaces && frame.disposal !== "restore" && isWhole(animation, frame);
}

function isWhole({ width, height }: Animation, frame: Frame): boolean {
  return frame.left === 0 && frame.top === 0 && frame.right >= width &&
    frame.bottom >= height;
}

function areaOf({ left, top, right, bottom }: Frame): number {
  return (right - left) * (bottom - top);
}

/** Decodes frames and yields those that are shown, one by one, on the same canvas. */
export async function* playFrames(
  { width, height, frames }: Animation,
  { shown, decoded }: Playing,
  timeSlice: TimeSlice,
): AsyncGenerator<ShownFrame, void, void> {
  const canvas = createCanvas(width, height);
  const isShown = new Set(shown);
  let previous = -1;
  let dispose = () => {};
  for (const index of decoded) {
    if (index === previous + 1) dispose();
    else canvas.clear({ left: 0, top: 0, right: width, bottom: height });
    previous = index;
    const frame = frames[index]!;
    const part = canvas.clip(frame);
    dispose = frame.disposal === "restore"
      ? canvas.save(part)
      : frame.disposal === "clear"
      ? () => canvas.clear(part)
      : () => {};
    const isVisible = part.left < part.right && part.top < part.bottom;
    if (isVisible) {
      await frame.decode(part.bottom - part.top, timeSlice, (row, y) => {
        canvas.draw(row, y, frame);
      });
    }
    if (timeSlice.isOver()) await timeSlice.yield();
    if (isShown.has(index)) {
      yield { index, time: frame.time, pixels: canvas.pixels };
    }
  }
}
