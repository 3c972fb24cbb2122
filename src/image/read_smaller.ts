import { throwIfAborted } from "../async/abort.ts";
import type { Box } from "./crop.ts";
import { decodeRows, readCheckedHeader } from "./decode.ts";
import type { DecodeOptions } from "./decode_options.ts";
import type { Orientation } from "./exif.ts";
import type { ImageHeader } from "./image_format.ts";
import { bytesOrPixels, type ImageSource } from "./image_source.ts";
import type { Denominator } from "./jpeg/plan.ts";
import { orient, orientationFlips } from "./orientation.ts";
import { assertPixels, type Pixels } from "./pixels.ts";

/** An open image, parts of which can be read at a reduced size. */
export interface OpenedImage {
  /** The width of the upright image. */
  readonly width: number;
  readonly height: number;
  /**
   * A part at its size or at a half, a third and so on, row by row. Each pixel is the
   * mean of a square; of a JPEG that is decoded smaller, about that.
   *
   * @param part In whole pixels, inside the image.
   * @param most The maximum length of the longer side, in pixels.
   */
  readSmaller(part: Box, most: number): Promise<Pixels>;
}

/**
 * Opens an image to read parts of it.
 *
 * @throws As `decodeImage`, which `readSmaller` does as well.
 */
export async function openImage(
  image: ImageSource,
  options: DecodeOptions,
): Promise<OpenedImage> {
  const bytes = await bytesOrPixels(image, options);
  if (!(bytes instanceof Uint8Array)) {
    assertPixels("draw over", bytes);
    const { data, width, height } = bytes;
    return {
      width,
      height,
      readSmaller(part, most) {
        throwIfAborted(options.signal);
        const cells = cellsOf(part, most);
        const shrink = startShrinking(cells, 1);
        for (let y = part.top; y < part.top + shrink.rows; y++) {
          shrink.addRow(data, (y * width + part.left) * 4);
        }
        return Promise.resolve(shrink.picture);
      },
    };
  }
  const header = await readCheckedHeader(bytes, options);
  const { transposed } = orientationFlips(header.orientation);
  return {
    width: transposed ? header.height : header.width,
    height: transposed ? header.width : header.height,
    readSmaller: (part, most) =>
      decodeSmaller(bytes, header, part, most, options),
  };
}

async function decodeSmaller(
  bytes: Uint8Array,
  header: ImageHeader,
  part: Box,
  most: number,
  options: DecodeOptions,
): Promise<Pixels> {
  const upright = cellsOf(part, most);
  const { transposed } = orientationFlips(header.orientation);
  const cells = transposed
    ? {
      across: upright.down,
      down: upright.across,
      columns: upright.rows,
      rows: upright.columns,
    }
    : upright;
  const denominator = denominatorOf(header, cells);
  const shrink = startShrinking(cells, denominator);
  const corner = storedCorner(part, cells, header);
  const left = Math.min(
    Math.round(corner.left / denominator),
    Math.floor(header.width / denominator) - shrink.width,
  );
  const top = Math.min(
    Math.round(corner.top / denominator),
    Math.floor(header.height / denominator) - shrink.rows,
  );
  const region = {
    left,
    top,
    right: left + shrink.width,
    bottom: top + shrink.rows,
  };
  const rowOptions = { ...options, denominator, region };
  await decodeRows(bytes, header, rowOptions, (rows) => {
    for (let at = 0; at < rows.length; at += shrink.width * 4) {
      shrink.addRow(rows, at);
    }
  });
  return orient(shrink.picture, header.orientation);
}

/** The size in pixels of a cell, which becomes one pixel, and the number of cells. */
interface Cells {
  readonly across: number;
  readonly down: number;
  readonly columns: number;
  readonly rows: number;
}

function cellsOf({ width, height }: Box, most: number): Cells {
  const least = Math.ceil(Math.max(width, height) / most);
  // A multiple of 4 lets a JPEG of hundreds of megapixels be decoded at a quarter of
  // its size.
  const scale = least > 8 ? Math.ceil(least / 4) * 4 : least;
  const across = Math.min(scale, width);
  const down = Math.min(scale, height);
  return {
    across,
    down,
    columns: Math.floor(width / across),
    rows: Math.floor(height / down),
  };
}

function denominatorOf({ format }: ImageHeader, cells: Cells): Denominator {
  const { across, down } = cells;
  const fits = (it: number) => across % it === 0 && down % it === 0;
  const known = [8, 4, 2] as const;
  return (format === "jpeg" && known.find(fits)) || 1;
}

/** The corner of an upright part's cells in the stored image. */
function storedCorner(
  part: Box,
  { across, down, columns, rows }: Cells,
  { width, height, orientation }: {
    readonly width: number;
    readonly height: number;
    readonly orientation: Orientation;
  },
): { readonly left: number; readonly top: number } {
  const { x, y, transposed } = orientationFlips(orientation);
  const left = transposed ? part.top : part.left;
  const top = transposed ? part.left : part.top;
  return {
    left: x ? width - left - across * columns : left,
    top: y ? height - top - down * rows : top,
  };
}

/** Averages each cell to a pixel, from rows at 1/`denominator` of their size. */
function startShrinking(
  { across, down, columns, rows }: Cells,
  denominator: Denominator,
) {
  const [cellWidth, cellHeight] = [across / denominator, down / denominator];
  const area = cellWidth * cellHeight;
  const data = new Uint8ClampedArray(columns * rows * 4);
  const sums = new Uint32Array(columns * 4);
  let y = 0;
  return {
    /** The width to read. */
    width: columns * cellWidth,
    rows: rows * cellHeight,
    picture: { data, width: columns, height: rows },
    /** Adds the next row, whose first pixel is at `from`. */
    addRow(row: Uint8Array | Uint8ClampedArray, from: number): void {
      for (let to = 0; to < sums.length; to += 4) {
        for (let i = 0; i < cellWidth; i++, from += 4) {
          for (let c = 0; c < 4; c++) sums[to + c]! += row[from + c]!;
        }
      }
      y++;
      if (y % cellHeight !== 0) return;
      const at = (y / cellHeight - 1) * sums.length;
      for (let i = 0; i < sums.length; i++) data[at + i] = sums[i]! / area;
      sums.fill(0);
    },
  };
}
