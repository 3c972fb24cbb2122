/**
 * EXIF's tag 274: how to flip and turn the stored pixels to show them upright. 1 is as
 * stored; 5 to 8 swap width and height.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const ORIENTATION_TAG = 0x0112;
const TYPE_SHORT = 3;
const TYPE_LONG = 4;
const ENTRY_BYTES = 12;

/** Precedes the TIFF structure in a JPEG, and in some WebPs. */
const EXIF_PREFIX = [0x45, 0x78, 0x69, 0x66, 0, 0] as const; // "Exif\0\0"

/** Whether `bytes` begin with the prefix of a JPEG's EXIF segment. */
export function hasExifPrefix(bytes: Uint8Array): boolean {
  return EXIF_PREFIX.every((byte, i) => bytes[i] === byte);
}

/**
 * Reads the orientation from EXIF data: a TIFF structure of either endianness,
 * with or without the `Exif\0\0` prefix.
 *
 * @returns 1 if the tag is absent or the structure malformed: the photo is still fine.
 */
export function readOrientation(exif: Uint8Array): Orientation {
  const start = hasExifPrefix(exif) ? EXIF_PREFIX.length : 0;
  const view = new DataView(
    exif.buffer,
    exif.byteOffset + start,
    exif.byteLength - start,
  );
  if (view.byteLength < 8) return 1;
  const order = view.getUint16(0);
  const little = order === 0x4949; // "II"
  if (!little && order !== 0x4d4d) return 1; // "MM"
  if (view.getUint16(2, little) !== 42) return 1;

  const directory = view.getUint32(4, little);
  if (directory + 2 > view.byteLength) return 1;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + i * ENTRY_BYTES;
    if (entry + ENTRY_BYTES > view.byteLength) return 1;
    if (view.getUint16(entry, little) !== ORIENTATION_TAG) continue;
    const type = view.getUint16(entry + 2, little);
    // EXIF says SHORT. Some writers use LONG, and other readers accept it.
    const value = type === TYPE_SHORT
      ? view.getUint16(entry + 8, little)
      : type === TYPE_LONG
      ? view.getUint32(entry + 8, little)
      : 1;
    return value >= 1 && value <= 8 ? value as Orientation : 1;
  }
  return 1;
}
