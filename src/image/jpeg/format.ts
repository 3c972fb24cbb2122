import type { Format } from "../format.ts";
import { isJpeg, readJpegHeader } from "./header.ts";

/** How a JPEG is recognised and decoded. */
export const JPEG: Format = {
  matches: isJpeg,
  readHeader: readJpegHeader,
  memoryBytes: () => 0, // Stored coefficients are claimed when the scans are known.
  async loadDecoder() {
    const { decodeJpegRows } = await import("./decode_rows.ts");
    return (job, take) => decodeJpegRows(job, job.timeSlice, take);
  },
};
