import { deflateSync } from "node:zlib";
import { adam7Passes } from "../../src/image/png/passes.ts";
import { makePng } from "../image/png/make_png.ts";

/**
 * A transparent, interlaced RGBA PNG of `side` x `side` pixels: a small file that takes
 * much memory to decode.
 */
export function blankPng(side: number): Uint8Array<ArrayBuffer> {
  const rowBytes = adam7Passes(side, side)
    .map(({ width, height }) => (1 + 4 * width) * height);
  return makePng({
    width: side,
    height: side,
    color: 6,
    depth: 8,
    interlaced: true,
    data: deflateSync(new Uint8Array(rowBytes.reduce((sum, it) => sum + it))),
  });
}
