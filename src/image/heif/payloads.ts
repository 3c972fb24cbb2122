/**
 * The data locations of a HEIF file's items: ISO/IEC 14496-12, section 8.11.3.
 *
 * @module
 */
import {
  BoxError,
  boxes,
  type Reader,
  reader,
  uint,
  versionAndFlags,
} from "./boxes.ts";
import { MAX_ITEMS } from "./items.ts";

/** Returns the parts of an item's data, in order. */
export type PayloadOf = (item: number) => readonly Uint8Array[];

interface Extent {
  readonly offset: number;
  /** 0 means everything that follows. */
  readonly length: number;
  /** Whether it is in the box `idat`. */
  readonly isInside: boolean;
}

/** Reads the data locations from the `meta` box. */
export function readPayloads(bytes: Uint8Array, meta: Reader): PayloadOf {
  const from = { bytes: meta.bytes, at: 4 };
  let idat = new Uint8Array();
  let extents: ReadonlyMap<number, readonly Extent[]> = new Map();
  for (const { type, body } of boxes(from)) {
    if (type === "idat") idat = body.bytes as typeof idat;
    if (type === "iloc") extents = readExtents(reader(body.bytes));
  }
  return (item) =>
    (extents.get(item) ?? []).map(({ offset, length, isInside }) => {
      const source = isInside ? idat : bytes;
      const end = length === 0 ? source.length : offset + length;
      if (end <= source.length) return source.subarray(offset, end);
      throw new BoxError(
        `it is truncated or damaged: the data of item ${item} lie beyond its end`,
      );
    });
}

function readExtents(body: Reader): ReadonlyMap<number, readonly Extent[]> {
  const { version } = versionAndFlags(body);
  const sizes = uint(body, 2);
  const sizeOf = (shift: number) => Math.min(sizes >>> shift & 15, 8);
  const [offsetSize, lengthSize, baseSize] = [12, 8, 4].map(sizeOf);
  const indexSize = version > 0 ? sizeOf(0) : 0;
  const idSize = version === 2 ? 4 : 2;
  const all = new Map<number, readonly Extent[]>();
  let total = 0;
  let left = uint(body, idSize);
  while (left-- > 0) {
    const item = uint(body, idSize);
    const method = version > 0 ? uint(body, 2) & 15 : 0;
    uint(body, 2); // Another file, which isn't read.
    const base = uint(body, baseSize!);
    const count = uint(body, 2);
    total += 1 + count;
    if (total > MAX_ITEMS) {
      throw new BoxError(`its data are in more than ${MAX_ITEMS} places`);
    }
    const extents = Array.from({ length: count }, () => {
      uint(body, indexSize);
      const offset = base + uint(body, offsetSize!);
      return {
        offset,
        length: uint(body, lengthSize!),
        isInside: method === 1,
      };
    });
    all.set(item, extents);
  }
  return all;
}
