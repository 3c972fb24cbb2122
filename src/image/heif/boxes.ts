/**
 * The boxes that HEIF files, such as AVIF and HEIC, are made of: ISO/IEC 14496-12,
 * section 4.2.
 *
 * @module
 */

/** A box. */
export interface Box {
  /** Its four letters. */
  readonly type: string;
  readonly body: Reader;
  /** Whether it ends beyond the available bytes. */
  readonly isCut: boolean;
}

/** Reads the numbers of a box one after the other. */
export interface Reader {
  readonly bytes: Uint8Array;
  /** The offset of the next number. */
  at: number;
}

/** The boxes are malformed. */
export class BoxError extends Error {}

/** Millions of empty boxes would block the thread. */
const MAX_BOXES = 1000;

export function reader(bytes: Uint8Array): Reader {
  return { bytes, at: 0 };
}

/** The boxes from the current position of `from`. */
export function* boxes(from: Reader, most = MAX_BOXES): Generator<Box> {
  const { bytes } = from;
  let { at } = from;
  for (let count = 0; at + 8 <= bytes.length; count++) {
    if (count >= most) {
      throw new BoxError(
        `it has more than ${most} boxes of a kind: more than any encoder writes`,
      );
    }
    const head = { bytes, at };
    let size = uint(head, 4);
    const type = letters(head);
    // 1 means that the size follows in 8 bytes; 0 that the box extends to the end of
    // the file.
    if (size === 1) size = uint(head, 8);
    else if (size === 0) size = bytes.length - at;
    if (size < head.at - at) {
      throw new BoxError(`its box "${type}" is smaller than its header`);
    }
    const end = at + size;
    yield {
      type,
      body: reader(bytes.subarray(head.at, end)),
      isCut: end > bytes.length,
    };
    at = end;
  }
}

/** The first box of a required type. */
export function boxIn(from: Reader, type: string): Box {
  for (const box of boxes(from)) if (box.type === type) return box;
  throw new BoxError(`it has no box "${type}"`);
}

/** The next number of `size` bytes, at most 8; above 2^53 it isn't exact. */
export function uint(from: Reader, size: number): number {
  if (from.at + size > from.bytes.length) {
    throw new BoxError("one of its boxes is cut short");
  }
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + from.bytes[from.at++]!;
  return value;
}

/** The next number of 4 bytes, which may be negative. */
export function int32(from: Reader): number {
  return uint(from, 4) | 0;
}

/** The next four letters. */
export function letters(from: Reader): string {
  let text = "";
  for (let i = 0; i < 4; i++) text += String.fromCharCode(uint(from, 1));
  return text;
}

/** The version and flags that many boxes begin with. */
export function versionAndFlags(from: Reader): {
  readonly version: number;
  readonly flags: number;
} {
  return { version: uint(from, 1), flags: uint(from, 3) };
}
