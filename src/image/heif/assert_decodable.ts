import { assertOnePicture } from "./assert_one_picture.ts";
import { BoxError, boxes, reader } from "./boxes.ts";
import { corrupt, type HeifHeader, readMeta, truncated } from "./header.ts";
import { readItems } from "./items.ts";
import { readPayloads } from "./payloads.ts";

/**
 * The types of a file's boxes: ISO/IEC 14496-12, section 6.3.4, and "mpvd", the video
 * of a moving photo. A cut-off box of any other type counts as appended bytes.
 */
const BOXES = new Set(
  "ftyp meta mdat moov moof mfra idat free skip wide uuid mpvd".split(" "),
);

/**
 * Checks that a file isn't cut short, and that its image is one picture, before it is
 * decoded. Bytes after the last box are ignored.
 *
 * @throws {CorruptImageError} When it is cut short, or has more pictures.
 */
export function assertDecodable(
  bytes: Uint8Array,
  { format }: HeifHeader,
): void {
  try {
    if (isCutShort(bytes)) throw new BoxError(truncated(bytes));
    const meta = readMeta(bytes);
    const items = readItems(reader(meta.bytes));
    assertOnePicture(items, readPayloads(bytes, meta));
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
    throw corrupt(format, error.message, error);
  }
}

/** Whether a box ends beyond the end of the file. */
function isCutShort(bytes: Uint8Array): boolean {
  try {
    for (const { type, isCut } of boxes(reader(bytes))) {
      if (isCut && BOXES.has(type)) return true;
    }
  } catch (error) {
    // Appended bytes can't be read as boxes. Before "meta", `readMeta` refuses them.
    if (!(error instanceof BoxError)) throw error;
  }
  return false;
}
