import type { Region } from "../rows.ts";
import type { Frame, FrameComponent } from "./frame.ts";
import type { ParsedJpeg } from "./parse.ts";
import { unsupported } from "./segments.ts";

/** The scale of decoding: 1/1 to 1/8 of the sides. */
export type Denominator = 1 | 2 | 4 | 8;

/** The region to decode, and the steps of decoding. */
export type Plan = ReturnType<typeof planDecoding>;

/** How far interpolation may reach beyond the region, in pixels. */
const REACH = 2;

/** Plans the decoding of a region at a scale; the whole image unless given. */
export function planDecoding(
  { frame, scans }: ParsedJpeg,
  denominator: Denominator = 1,
  region?: Region,
) {
  const maxH = Math.max(...frame.components.map(({ h }) => h));
  const maxV = Math.max(...frame.components.map(({ v }) => v));
  const side = 8 / denominator;
  const components = frame.components.map((it) =>
    planComponent(frame, it, maxH, maxV, side)
  );
  const width = Math.ceil(frame.width / denominator);
  const height = Math.ceil(frame.height / denominator);
  region ??= { left: 0, top: 0, right: width, bottom: height };
  const columnWidth = maxH * side;
  const rowHeight = maxV * side;
  const columns = Math.ceil(frame.width / (8 * maxH));
  return {
    /** The size of the image at its scale, rounded up. */
    width,
    height,
    region,
    components,
    /** MCUs in a row, rows of them, and pixel rows of each. */
    columns,
    rows: Math.ceil(frame.height / (8 * maxV)),
    rowHeight,
    /** The first MCU in a row that the region needs, and the end of the range. */
    firstColumn: Math.max(Math.floor((region.left - REACH) / columnWidth), 0),
    endColumn: Math.min(
      Math.ceil((region.right + REACH) / columnWidth),
      columns,
    ),
    /** Pixel rows at the end of a row of MCUs that need the next one. */
    delay: components.some((it) => it.smooth && it.expandY > 1) ? 1 : 0,
    /** Whether blocks must wait in memory for later scans. */
    isStored: frame.isProgressive ||
      scans[0]!.components.length < components.length,
  };
}

/**
 * Plans a component, with fields as in `kernels/records.ts`. `side` is that of a block
 * that has as many samples as the image has pixels.
 */
function planComponent(
  frame: Frame,
  { h, v }: FrameComponent,
  maxH: number,
  maxV: number,
  side: number,
) {
  // Subsampled chroma is decoded at twice the scale rather than enlarged.
  let ownSide = side;
  while (
    ownSide < 8 && maxH * side % (h * ownSide * 2) === 0 &&
    maxV * side % (v * ownSide * 2) === 0
  ) ownSide *= 2;
  const expandX = maxH * side / (h * ownSide);
  const expandY = maxV * side / (v * ownSide);
  if (!Number.isInteger(expandX) || !Number.isInteger(expandY)) {
    throw unsupported("JPEG of fractional sampling");
  }
  const width = Math.ceil(frame.width * h * ownSide / (maxH * 8));
  return {
    h,
    v,
    side: ownSide,
    width,
    height: Math.ceil(frame.height * v * ownSide / (maxV * 8)),
    /** Blocks of the image, without the padding of MCUs. */
    blocksAcross: Math.ceil(frame.width * h / (maxH * 8)),
    blocksDown: Math.ceil(frame.height * v / (maxV * 8)),
    expandX,
    expandY,
    smooth: isSmooth(expandX, expandY, side, width),
  };
}

/** Whether libjpeg interpolates: up to twice the samples, unless they are few. */
function isSmooth(
  expandX: number,
  expandY: number,
  side: number,
  width: number,
): boolean {
  if (side === 1 || expandX > 2 || expandY > 2) return false;
  return expandX === 2 ? width > 2 : expandY === 2;
}
