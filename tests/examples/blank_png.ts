import { makePng } from "../image/png/make_png.ts";

/**
 * A transparent PNG of `side` x `side` pixels, RGBA and interlaced: few bytes, and
 * much to hold while it is decoded.
 */
export function blankPng(side: number): Uint8Array<ArrayBuffer> {
  return makePng({
    width: side,
    height: side,
    color: 6,
    depth: 8,
    interlaced: true,
  });
}
