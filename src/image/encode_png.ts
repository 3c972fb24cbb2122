import { assertPixels, type Pixels } from "./pixels.ts";
import { SIGNATURE } from "./png/chunks.ts";
import { crc32 } from "../io/crc32.ts";

/** The filter that stores the difference from a prediction. */
const PAETH = 4;

/**
 * Encodes an opaque image as a PNG of 8-bit RGB (ISO/IEC 15948).
 *
 * @param image Alpha is ignored.
 * @throws {ArgumentError} When `image` isn't pixels.
 */
export async function encodePng(
  image: Pixels,
): Promise<Uint8Array<ArrayBuffer>> {
  assertPixels("encode", image);
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, image.width);
  header.setUint32(4, image.height);
  header.setUint8(8, 8); // Bits.
  header.setUint8(9, 2); // RGB.
  const data = await deflate(filterRows(image));
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", new Uint8Array(header.buffer)),
    chunk("IDAT", data),
    chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** RGB rows, each preceded by its filter type. */
function filterRows({ data, width, height }: Pixels): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array(height * (1 + width * 3));
  for (let y = 0, to = 0; y < height; y++) {
    rows[to++] = PAETH;
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      const up = at - width * 4;
      for (let i = 0; i < 3; i++) {
        const left = x > 0 ? data[at - 4 + i]! : 0;
        const above = y > 0 ? data[up + i]! : 0;
        const corner = x > 0 && y > 0 ? data[up - 4 + i]! : 0;
        rows[to++] = data[at + i]! - predict(left, above, corner);
      }
    }
  }
  return rows;
}

/** The neighbour nearest to `left + above - corner`. */
function predict(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

async function deflate(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  // Its "deflate" is the zlib format, which PNG uses.
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A chunk: length, name, data, and the checksum of name and data. */
export function chunk(
  name: string,
  data: Uint8Array | readonly number[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
