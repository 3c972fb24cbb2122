import { corrupt } from "./errors.ts";

/** The fields of an image in a TIFF: TIFF 6.0, section 2. */
export type Directory = ReturnType<typeof readDirectory>;

/** Bytes per number, by field type; only whole numbers >= 0 are read. */
const BYTES = new Map([
  [1, 1], // BYTE
  [3, 2], // SHORT
  [4, 4], // LONG
  [7, 1], // UNDEFINED
  [13, 4], // IFD
  [16, 8], // LONG8
  [18, 8], // IFD8
]);

/** More fields than any encoder writes. */
const MAX_FIELDS = 4096;

/** The start of a TIFF. */
export type Opening = Exclude<ReturnType<typeof openTiff>, undefined>;

/** Reads the start of a TIFF or BigTIFF; `undefined` for other bytes. */
export function openTiff(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) return undefined;
  const order = view.getUint16(0);
  const isLittle = order === 0x4949; // "II"
  if (!isLittle && order !== 0x4d4d) return undefined; // "MM"
  const version = view.getUint16(2, isLittle);
  const isBig = version === 43;
  if (version !== 42 && !isBig) return undefined;
  if (isBig && bytes.length < 16) return undefined;
  return {
    view,
    isLittle,
    isBig,
    /** The offset of the first directory. */
    first: isBig
      ? Number(view.getBigUint64(8, isLittle))
      : view.getUint32(4, isLittle),
  };
}

/**
 * Reads a directory. Data that its fields refer to is read on demand, so unneeded
 * fields may be damaged.
 */
export function readDirectory({ view, isLittle, isBig }: Opening, at: number) {
  const length = (at: number) =>
    isBig
      ? Number(view.getBigUint64(at, isLittle))
      : view.getUint32(at, isLittle);
  const [countBytes, fieldBytes, inlineBytes] = isBig ? [8, 20, 8] : [2, 12, 4];
  if (at + countBytes > view.byteLength) {
    throw corrupt("it is truncated: its directory lies beyond its end");
  }
  const count = isBig ? length(at) : view.getUint16(at, isLittle);
  const start = at + countBytes;
  const end = start + count * fieldBytes;
  if (count > MAX_FIELDS) throw corrupt(`its directory has ${count} fields`);
  if (end > view.byteLength) {
    throw corrupt("it is truncated: its directory goes on beyond its end");
  }
  const fields = new Map<number, number>();
  for (let field = start; field < end; field += fieldBytes) {
    const tag = view.getUint16(field, isLittle);
    if (!fields.has(tag)) fields.set(tag, field);
  }

  /** The values of a field; their count may exceed the file. */
  const valuesOf = (tag: number) => {
    const field = fields.get(tag);
    if (field === undefined) return undefined;
    const bytes = BYTES.get(view.getUint16(field + 2, isLittle));
    if (bytes === undefined) {
      throw corrupt(`its field ${tag} is of another type`);
    }
    const count = length(field + 4);
    const inline = field + 4 + inlineBytes;
    const from = bytes * count <= inlineBytes ? inline : length(inline);
    if (from + bytes * count > view.byteLength) {
      throw corrupt(`it is truncated: its field ${tag} lies beyond its end`);
    }
    const valueAt = (i: number): number => {
      const at = from + i * bytes;
      switch (bytes) {
        case 1:
          return view.getUint8(at);
        case 2:
          return view.getUint16(at, isLittle);
        case 4:
          return view.getUint32(at, isLittle);
        default:
          return Number(view.getBigUint64(at, isLittle));
      }
    };
    return { count, from, bytes, valueAt };
  };

  return {
    has: (tag: number) => fields.has(tag),
    valuesOf,
    /** The first number of a field. */
    number(tag: number): number | undefined {
      const values = valuesOf(tag);
      return values && values.count > 0 ? values.valueAt(0) : undefined;
    },
    /** The numbers of a field, at most `most`. */
    numbers(tag: number, most: number): readonly number[] {
      const values = valuesOf(tag);
      if (!values) return [];
      const length = Math.min(values.count, most);
      return Array.from({ length }, (_, i) => values.valueAt(i));
    },
    /** The offset of the next directory; 0 if this is the last. */
    next: end + inlineBytes <= view.byteLength ? length(end) : 0,
  };
}
