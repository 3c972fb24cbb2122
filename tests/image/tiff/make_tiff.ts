import { joined } from "../../joined.ts";

/** The fields of a page by tag number; all are LONG. */
export type Fields = Readonly<Record<number, readonly number[]>>;

/** A page: its fields, and the data of its only strip, if any. */
export interface Page {
  readonly fields?: Fields;
  readonly data?: Uint8Array;
}

/** The fields of 2 x 2 grey pixels. */
const PLAIN: Fields = {
  256: [2],
  257: [2],
  258: [8],
  259: [1],
  262: [1],
  277: [1],
  278: [2],
};

/** Makes a little-endian TIFF of pages, each of 2 x 2 grey pixels by default. */
export function makeTiff(...pages: readonly Page[]): Uint8Array {
  let bytes = Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0);
  pages.forEach(({ fields, data }, i) => {
    const all: Record<number, readonly number[]> = { ...PLAIN, ...fields };
    if (data && !all[273]) Object.assign(all, { 273: [0], 279: [data.length] });
    const entries = Object.entries(all).map(([tag, values]) =>
      [Number(tag), values] as const
    );
    const values = bytes.length + 2 + entries.length * 12 + 4;
    const size = entries.reduce(
      (sum, [, it]) => sum + (it.length > 1 ? it.length * 4 : 0),
      0,
    );
    const dataAt = values + size;
    const view = new DataView(new ArrayBuffer(dataAt - bytes.length));
    view.setUint16(0, entries.length, true);
    let valueAt = values;
    entries.forEach(([tag, list], i) => {
      const at = 2 + i * 12;
      view.setUint16(at, tag, true);
      view.setUint16(at + 2, 4, true);
      view.setUint32(at + 4, list.length, true);
      const numbers = tag === 273 && fields?.[273] === undefined
        ? [dataAt]
        : list;
      if (numbers.length === 1) {
        view.setUint32(at + 8, numbers[0]!, true);
        return;
      }
      view.setUint32(at + 8, valueAt, true);
      for (const number of numbers) {
        view.setUint32(valueAt - bytes.length, number, true);
        valueAt += 4;
      }
    });
    const next = i + 1 < pages.length ? dataAt + (data?.length ?? 0) : 0;
    view.setUint32(2 + entries.length * 12, next, true);
    bytes = joined(
      bytes,
      new Uint8Array(view.buffer),
      data ?? new Uint8Array(),
    );
  });
  return bytes;
}
