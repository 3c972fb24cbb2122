import { allocate, allocatePixels } from "../allocate.ts";
import type { Pixels } from "../pixels.ts";
import type { Region } from "../rows.ts";
import type { Frame } from "./animation.ts";

/** The canvas that frames are drawn on. */
export type Canvas = ReturnType<typeof createCanvas>;

/**
 * Creates a white canvas: transparent pixels of the result are shown over white, and
 * blending over white from the start gives the same pixels as blending with alpha
 * first.
 *
 * @param data Memory for the pixels; its values don't matter.
 */
export function createCanvas(
  width: number,
  height: number,
  data: Uint8ClampedArray = allocatePixels(width, height),
) {
  const words = new Uint32Array(data.buffer, data.byteOffset, width * height);
  words.fill(WHITE);
  const pixels: Pixels = { data, width, height };
  let saved = new Uint32Array();
  /** The part of a frame that is on the canvas; may be empty. */
  const clip = ({ left, top, right, bottom }: Region): Region => ({
    left: Math.min(left, width),
    top: Math.min(top, height),
    right: Math.min(right, width),
    bottom: Math.min(bottom, height),
  });
  return {
    /** Opaque, and overwritten by the next frame. */
    pixels,
    clip,
    /** Draws a row of a frame with straight alpha. */
    draw(row: Uint8Array | Uint8ClampedArray, y: number, frame: Frame): void {
      const { left, right, bottom } = clip(frame);
      if (frame.top + y >= bottom) return;
      const at = (frame.top + y) * width + left;
      if (frame.replaces) words.fill(WHITE, at, at + right - left);
      blend(row.subarray(0, (right - left) * 4), data, at * 4);
    },
    /** Fills a region with white. */
    clear(part: Region): void {
      for (const [from, to] of rowsOf(clip(part), width)) {
        words.fill(WHITE, from, to);
      }
    },
    /**
     * Copies a region and returns a function that restores it. Only the last copy is
     * kept.
     */
    save(part: Region): () => void {
      const clipped = clip(part);
      const area = (clipped.right - clipped.left) *
        (clipped.bottom - clipped.top);
      if (saved.length < area) {
        const make = () => new Uint32Array(area);
        saved = allocate("a frame of an animation", area * 4, make);
      }
      let at = 0;
      for (const [from, to] of rowsOf(clipped, width)) {
        saved.set(words.subarray(from, to), at);
        at += to - from;
      }
      return () => {
        let at = 0;
        for (const [from, to] of rowsOf(clipped, width)) {
          words.set(saved.subarray(at, at += to - from), from);
        }
      };
    },
  };
}

const WHITE = 0xffffffff;

/** The start and end of each row of a region, in canvas pixels. */
function* rowsOf(
  { left, top, right, bottom }: Region,
  width: number,
): Generator<readonly [from: number, to: number]> {
  for (let y = top; y < bottom; y++) {
    yield [y * width + left, y * width + right];
  }
}

/** Blends RGBA with straight alpha over opaque pixels, starting at `to`. */
export function blend(
  from: Uint8Array | Uint8ClampedArray,
  onto: Uint8Array | Uint8ClampedArray,
  to: number,
): void {
  for (let i = 0; i < from.length; i += 4) {
    const alpha = from[i + 3]!;
    if (alpha === 0) continue;
    for (let c = i; c < i + 3; c++) {
      const level = from[c]!;
      if (alpha === 255) onto[to + c] = level;
      else {
        const sum = level * alpha + onto[to + c]! * (255 - alpha) + 128;
        onto[to + c] = (sum + (sum >> 8)) >> 8; // sum / 255, to the nearest.
      }
    }
  }
}
