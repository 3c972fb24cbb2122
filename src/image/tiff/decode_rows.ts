import { allocate } from "../allocate.ts";
import type { DecodeJob } from "../format.ts";
import type { TakeRows } from "../rows.ts";
import { startConverting } from "./colors.ts";
import { type ParsedTiff, parseTiff } from "./parse.ts";
import { withPartReader } from "./read_part.ts";

/** The fields of a job that a TIFF needs. */
export type TiffJob = Pick<DecodeJob, "bytes" | "claimMemory" | "timeSlice">;

/**
 * Decodes the first page of a TIFF row by row to 8 bits (the upper ones of 16), over
 * white. Colour profiles aren't applied.
 *
 * With strips, one row is in memory at a time; with tiles or planes, a row of tiles as
 * stored.
 */
export async function decodeTiffRows(
  { bytes, claimMemory, timeSlice }: TiffJob,
  take: TakeRows,
): Promise<void> {
  const tiff = parseTiff(bytes);
  const { width, height, planes, tiles, rowBytes } = tiff;
  const convert = startConverting(tiff);
  const rgba = new Uint8Array(width * 4);
  const isWhole = tiles.across === 1 && planes === 1;
  const band = isWhole ? [] : allocateBand(tiff, claimMemory);
  const bandBytes = tiles.across * rowBytes;
  await withPartReader(tiff, { claimMemory, timeSlice }, async (read) => {
    for (let row = 0; row < tiles.down; row++) {
      const top = row * tiles.height;
      const rows = Math.min(tiles.height, height - top);
      if (isWhole) {
        let y = top;
        await read({ plane: 0, row, column: 0 }, rows, (stored) => {
          convert([stored], rgba);
          take(rgba, y++);
        });
        continue;
      }
      for (let plane = 0; plane < planes; plane++) {
        for (let column = 0; column < tiles.across; column++) {
          let at = column * rowBytes;
          await read({ plane, row, column }, rows, (stored) => {
            band[plane]!.set(stored, at);
            at += bandBytes;
          });
        }
      }
      for (let y = 0; y < rows; y++) {
        const at = y * bandBytes;
        convert(band.map((it) => it.subarray(at, at + bandBytes)), rgba);
        take(rgba, top + y);
        if (timeSlice.isOver()) await timeSlice.yield();
      }
    }
  });
}

/** Memory for the rows of a row of tiles, in each plane. */
function allocateBand(
  tiff: ParsedTiff,
  claimMemory: TiffJob["claimMemory"],
): Uint8Array[] {
  const { height, planes, tiles, rowBytes } = tiff;
  const bytes = Math.min(tiles.height, height) * tiles.across * rowBytes;
  claimMemory(bytes * planes);
  return allocate(
    "the TIFF",
    bytes * planes,
    () => Array.from({ length: planes }, () => new Uint8Array(bytes)),
  );
}
