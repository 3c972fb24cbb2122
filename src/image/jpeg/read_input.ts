import type { DecodeOptions } from "../decode_options.ts";
import { startOf } from "../crop_and_resize.ts";
import { type Box, type CropAndResize, cropBox } from "../crop.ts";
import { flipsOf, type Orientation } from "../orientation.ts";
import { startTimeSlice } from "../../async/yield.ts";
import type { Pixels } from "../pixels.ts";
import type { RowResize } from "../row_resize.ts";
import { decodeRows } from "./decode_rows.ts";
import { parseJpeg } from "./parse.ts";
import { type Denominator, planDecoding } from "./plan.ts";

const DENOMINATORS: readonly Denominator[] = [8, 4, 2];

/**
 * How many pixels of the image must be left for each of the result, on both axes.
 * What Pillow calls `reducing_gap`: with 2 its own results are as good as whole.
 */
const GAP = 2;

/** A JPEG to the square that a network reads, resized row by row. */
export async function readJpegInput(
  bytes: Uint8Array,
  orientation: Orientation,
  size: number,
  geometry: CropAndResize,
  { allowTruncated = false, signal, onResized }: DecodeOptions & {
    /** Called with the ms of each part of the resize. */
    readonly onResized: (time: number) => void;
  },
): Promise<Pixels> {
  const timeSlice = startTimeSlice(signal);
  const jpeg = parseJpeg(bytes, allowTruncated);
  const { width, height } = jpeg.frame;
  const { transposed } = flipsOf(orientation);
  const upright: Size = transposed
    ? { width: height, height: width }
    : { width, height };
  const box = cropBox(upright.width, upright.height, geometry.crop);
  const startResize = startOf(geometry);
  // The half-pixel resize sees single pixels: at another scale they are others.
  const denominator = geometry.resize === "antialiased"
    ? DENOMINATORS.find((it) =>
      Math.min(box.width, box.height) >= GAP * size * it
    ) ?? 1
    : 1;

  let resize!: RowResize;
  const plan = planDecoding(jpeg, denominator, (width, height) => {
    const scaled = scaleBox(box, upright, orientation, denominator);
    return resize = startResize({ width, height }, orientation, scaled, size);
  });
  const rowBytes = (plan.region.right - plan.region.left) * 4;
  await decodeRows(jpeg, plan, timeSlice, (rows) => {
    const begin = performance.now();
    for (let at = 0; at < rows.length; at += rowBytes) resize.addRow(rows, at);
    onResized(performance.now() - begin);
  });
  const begin = performance.now();
  const input = resize.finish();
  onResized(performance.now() - begin);
  return input;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * A box of the upright image where that is decoded at a smaller scale. The last
 * pixels of rows and columns may then be part of a pixel only, and upright they
 * are the first ones if the image is flipped.
 */
function scaleBox(
  box: Box,
  upright: Size,
  orientation: Orientation,
  denominator: Denominator,
): Box {
  const { x, y, transposed } = flipsOf(orientation);
  const missing = (length: number, isFlipped: boolean) =>
    isFlipped ? Math.ceil(length / denominator) - length / denominator : 0;
  return {
    left: box.left / denominator +
      missing(upright.width, transposed ? y : x),
    top: box.top / denominator +
      missing(upright.height, transposed ? x : y),
    width: box.width / denominator,
    height: box.height / denominator,
  };
}
