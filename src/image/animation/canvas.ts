import { allocate, allocatePixels } from "../allocate.ts";
import type { Pixels } from "../pixels.ts";
import type { Region } from "../rows.ts";
import type { Frame } from "./animation.ts";

/** Where frames are drawn. */
export type Canvas = ReturnType<typeof createCanvas>;

/**
 * Creates a canvas that is white, as what is transparent at the end is shown over white.
 * Blending over white at once gives the same as blending with alpha first.
 *
 * @param data The pixels to use, of any values.
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
  /** The part of a frame that lies on the canvas; empty if none does. */
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
    /** Draws a row of a frame, of straight alpha. */
    draw(row: Uint8Array | Uint8ClampedArray, y: number, frame: Frame): void {
      const { left, right, bottom } = clip(frame);
      if (frame.top + y >= bottom) return;
      const at = (frame.top + y) * width + left;
      if (frame.replaces) words.fill(WHITE, at, at + right - left);
      blend(row.subarray(0, (right - left) * 4), data, at * 4);
    },
    /** Makes a part white. */
    clear(part: Region): void {
      for (const [from, to] of rowsOf(clip(part), width)) {
        words.fill(WHITE, from, to);
      }
    },
    /**
     * Copies a part, and gives a function that puts it back. Only the last part is kept.
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

/** Where each row of a part begins and ends, in pixels of the canvas. */
function* rowsOf(
  { left, top, right, bottom }: Region,
  width: number,
): Generator<readonly [from: number, to: number]> {
  for (let y = top; y < bottom; y++) {
    yield [y * width + left, y * width + right];
  }
}

/** Blends RGBA of straight alpha over opaque pixels, from `to` on. */
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
