import { joined } from "../../joined.ts";

/** Makes a box, with a version and zero flags if `version` is given. */
export function box(
  type: string,
  parts: readonly (Uint8Array | readonly number[])[],
  version?: number,
): Uint8Array {
  const start = version === undefined ? [] : [version, 0, 0, 0];
  const body = joined(
    Uint8Array.from(start),
    ...parts.map((it) => Uint8Array.from(it)),
  );
  return joined(
    Uint8Array.from(u32(8 + body.length)),
    new TextEncoder().encode(type),
    body,
  );
}

/** Replaces the data of a file's first item by appended data. */
export function withData(file: Uint8Array, data: Uint8Array): Uint8Array {
  const all = joined(file, box("mdat", [data]));
  all.set([...u32(file.length + 8), ...u32(data.length)], placeIn(file));
  return all;
}

/** The data of a file's first item. */
export function dataOf(file: Uint8Array): Uint8Array {
  const place = placeIn(file);
  const view = new DataView(file.buffer, file.byteOffset);
  const offset = view.getUint32(place);
  return file.slice(offset, offset + view.getUint32(place + 4));
}

/** The offset of the fields with the position of the first item's data. */
function placeIn(file: Uint8Array): number {
  const at = new TextDecoder("latin1").decode(file).indexOf("iloc") + 4;
  // The version, sizes of fields, a count, an item's ID and its construction method.
  return at + 4 + 2 + 2 + 2 + (file[at]! > 0 ? 2 : 0) + 2 + 2;
}

export function u16(value: number): number[] {
  return [value >>> 8, value & 255];
}

export function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value & 0xffff)];
}

/** An item of a file. */
export interface MadeItem {
  readonly type: string;
  /** Its size; without it, the property is missing. */
  readonly size?: readonly [width: number, height: number];
  /** Other properties. */
  readonly properties?: readonly Uint8Array[];
  /** The IDs of its tiles. */
  readonly tiles?: readonly number[];
}

/** A file without data. Its items have IDs from 1; the first one is primary. */
export function makeHeif(
  items: readonly MadeItem[],
  brand = "avif",
): Uint8Array {
  const ascii = (text: string) => new TextEncoder().encode(text);
  const properties: Uint8Array[] = [];
  const associations = items.map((it, i) => {
    const own = [
      ...it.size ? [box("ispe", [u32(it.size[0]), u32(it.size[1])], 0)] : [],
      ...it.properties ?? [],
    ];
    const from = properties.length;
    properties.push(...own);
    return [
      ...u16(i + 1),
      own.length,
      ...own.flatMap((_, j) => u16(from + j + 1)),
    ];
  });
  const references = items.flatMap(({ tiles }, i) =>
    tiles
      ? [box("dimg", [u16(i + 1), u16(tiles.length), tiles.flatMap(u16)])]
      : []
  );
  const ipma = box("ipma", [u32(items.length), ...associations], 0);
  ipma[11] = 1; // 15-bit indices.
  return joined(
    box("ftyp", [ascii(brand), u32(0), ascii("mif1"), ascii("miaf")]),
    box("meta", [
      box("pitm", [u16(1)], 0),
      box("iinf", [
        u16(items.length),
        ...items.map(({ type }, i) =>
          box("infe", [u16(i + 1), u16(0), ascii(type), [0]], 2)
        ),
      ], 0),
      box("iref", references, 0),
      box("iprp", [box("ipco", properties), ipma]),
    ], 0),
  );
}
