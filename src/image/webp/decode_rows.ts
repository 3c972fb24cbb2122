import { CorruptImageError } from "../../errors.ts";
import { decodeWebp } from "../codecs/webp.ts";
import { flattenOverWhite } from "../flatten.ts";
import type { ImageHeader } from "../header.ts";
import type { Pace } from "../pace.ts";
import { emitRows, type TakeRows } from "../rows.ts";
import { assertWebpComplete } from "./header.ts";

/**
 * Decodes a WebP as a whole, and hands out its rows, opaque, at a pace.
 *
 * @throws {CorruptImageError} When it is cut short or damaged.
 * @throws {AbortedError} When the pace's signal fires.
 */
export async function decodeWebpRows(
  bytes: Uint8Array,
  { width, height }: ImageHeader,
  pace: Pace,
  take: TakeRows,
): Promise<void> {
  assertWebpComplete(bytes);
  const image = await decodeWebp(bytes, width * height);
  if (image.width !== width || image.height !== height) {
    throw new CorruptImageError(
      `Cannot decode the WebP as its header says ${width}x${height} pixels and its data ${image.width}x${image.height}`,
      "webp",
    );
  }
  await emitRows(image, pace, (rows, first) => {
    flattenOverWhite(rows);
    take(rows, first);
  });
  // The collector would let it lie until there is much of it: too much for an edge
  // function. Node 20 can't give it back.
  const { buffer } = image.data;
  if (buffer instanceof ArrayBuffer) buffer.transfer?.(0);
}
