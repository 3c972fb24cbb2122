/**
 * Values that are created on demand: a page may have a million texts, and a string takes
 * ten times the bytes of its text. Arrays are also of this type.
 */
export interface Values {
  readonly length: number;
  /** The value at an index in 0..`length`. */
  at(index: number): unknown;
}

/** Converts values on demand. */
export function mapValues(
  values: Values,
  convert: (value: unknown) => unknown,
): Values {
  return {
    length: values.length,
    at: (index) => convert(values.at(index)),
  };
}

/**
 * Inserts `null` where `isPresent` returns false.
 *
 * @param count The number of values including nulls.
 */
export function withNulls(
  values: Values,
  count: number,
  isPresent: (index: number) => boolean,
): Values {
  const places = new Int32Array(count);
  let next = 0;
  for (let i = 0; i < count; i++) places[i] = isPresent(i) ? next++ : -1;
  return {
    length: count,
    at(index) {
      const place = places[index]!;
      return place < 0 ? null : values.at(place);
    },
  };
}

/**
 * Reads byte arrays in the encoding PLAIN: each is preceded by its length. Each is
 * copied, as a view would keep the whole page in memory.
 *
 * @param start Their offset in the page.
 * @throws {Error} When the page is too short.
 */
export function byteArrays(
  page: Uint8Array,
  start: number,
  count: number,
): Values {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const starts = new Uint32Array(count);
  let at = start;
  for (let i = 0; i < count; i++) {
    starts[i] = at + 4;
    at += 4 + view.getUint32(at, true);
    if (at > page.length) throw new Error("a page is damaged");
  }
  return {
    length: count,
    at(index) {
      const start = starts[index]!;
      return page.slice(start, start + view.getUint32(start - 4, true));
    },
  };
}
