import { assertOnePicture } from "./assert_one_picture.ts";
import { BoxError, boxes, reader } from "./boxes.ts";
import { corrupt, type HeifHeader, readMeta, truncated } from "./header.ts";
import { readItems } from "./items.ts";
import { readPayloads } from "./payloads.ts";

/**
 * Checks that a file isn't cut short, and that its image is one picture, before it is
 * decoded.
 *
 * @throws {CorruptImageError} When it is cut short, or has more pictures.
 */
export function assertDecodable(
  bytes: Uint8Array,
  { format }: HeifHeader,
): void {
  try {
    for (const { isCut } of boxes(reader(bytes))) {
      if (isCut) throw new BoxError(truncated(bytes));
    }
    const meta = readMeta(bytes);
    const items = readItems(reader(meta.bytes));
    assertOnePicture(items, readPayloads(bytes, meta));
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
    throw corrupt(format, error.message, error);
  }
}
