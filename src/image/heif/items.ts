/**
 * The items of a HEIF file and their properties: ISO/IEC 14496-12, section 8.11, and
 * ISO/IEC 23008-12, section 9.3.
 *
 * @module
 */
import {
  type Box,
  BoxError,
  boxes,
  boxIn,
  letters,
  type Reader,
  uint,
  versionAndFlags,
} from "./boxes.ts";

/** The tables of a file. */
export interface Items {
  readonly primary: number;
  /** The type of an item, such as `hvc1`. */
  typeOf(item: number): string | undefined;
  /** The properties of an item, in the order in which they are applied. */
  propertiesOf(item: number): readonly Box[];
  /** The parts of an item, such as a grid's tiles. */
  partsOf(item: number): readonly number[];
  /** The auxiliary items of any of the given ones, such as their alpha. */
  auxiliariesOf(items: readonly number[]): readonly number[];
}

/** A grid has 65,536 tiles at most, each of which is an item. */
export const MAX_ITEMS = 100_000;

/** An index of a property has 15 bits. */
const MAX_PROPERTIES = 0x7fff;

/** Reads the box `meta`. */
export function readItems(meta: Reader): Items {
  versionAndFlags(meta);
  const types = readTypes(boxIn(meta, "iinf").body);
  const properties = boxIn(meta, "iprp").body;
  const known = [...boxes(boxIn(properties, "ipco").body, MAX_PROPERTIES)];
  const associations = readAssociations(properties);
  const parts = new Map(references(meta, "dimg"));
  return {
    primary: readPrimary(boxIn(meta, "pitm").body),
    typeOf: (item) => types.get(item),
    propertiesOf: (item) =>
      (associations.get(item) ?? []).map((index) => {
        const property = known[index - 1];
        if (property) return property;
        throw new BoxError(`it has no property ${index}`);
      }),
    partsOf: (item) => parts.get(item) ?? [],
    auxiliariesOf(items) {
      const wanted = new Set(items);
      return [...references(meta, "auxl")]
        .filter(([, to]) => to.some((it) => wanted.has(it)))
        .map(([from]) => from);
    },
  };
}

function readPrimary(body: Reader): number {
  return uint(body, versionAndFlags(body).version === 0 ? 2 : 4);
}

function readTypes(body: Reader): ReadonlyMap<number, string> {
  const types = new Map<number, string>();
  uint(body, versionAndFlags(body).version === 0 ? 2 : 4); // Their number.
  for (const { type, body: entry } of boxes(body, MAX_ITEMS)) {
    if (type !== "infe") continue;
    const { version } = versionAndFlags(entry);
    if (version < 2) continue; // Has no type.
    const item = uint(entry, version === 2 ? 2 : 4);
    uint(entry, 2); // Its protection.
    types.set(item, letters(entry));
  }
  return types;
}

/** The indices of each item's properties, from 1 on. */
function readAssociations(
  properties: Reader,
): ReadonlyMap<number, readonly number[]> {
  const all = new Map<number, number[]>();
  for (const { type, body } of boxes(properties)) {
    if (type !== "ipma") continue;
    const { version, flags } = versionAndFlags(body);
    const size = flags & 1 ? 2 : 1;
    let left = uint(body, 4);
    if (all.size + left > MAX_ITEMS) {
      throw new BoxError(`it has more than ${MAX_ITEMS} items`);
    }
    while (left-- > 0) {
      const item = uint(body, version === 0 ? 2 : 4);
      // The first bit says whether a reader must know the property; 0 is none.
      const indices = Array.from(
        { length: uint(body, 1) },
        () => uint(body, size) & (size === 1 ? 0x7f : MAX_PROPERTIES),
      ).filter((it) => it > 0);
      all.set(item, indices);
    }
  }
  return all;
}

/** Yields the references of one type, each with its source and target items. */
function* references(
  meta: Reader,
  how: string,
): Generator<readonly [from: number, to: readonly number[]]> {
  let total = 0;
  for (const { type, body } of boxes(meta)) {
    if (type !== "iref") continue;
    const size = versionAndFlags(body).version === 0 ? 2 : 4;
    for (const { type, body: reference } of boxes(body, MAX_ITEMS)) {
      if (type !== how) continue;
      const from = uint(reference, size);
      const count = uint(reference, 2);
      total += count;
      if (total > MAX_ITEMS) {
        throw new BoxError(`it refers to more than ${MAX_ITEMS} items`);
      }
      yield [from, Array.from({ length: count }, () => uint(reference, size))];
    }
  }
}
