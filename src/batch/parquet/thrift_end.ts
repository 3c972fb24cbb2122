/** The maximum nesting of structs. Parquet's own is less deep. */
const MAX_DEPTH = 32;

/** Types of Thrift's compact protocol in Parquet. 4 and 5 are also integers. */
const Type = {
  False: 2,
  Byte: 3,
  I64: 6,
  Double: 7,
  Binary: 8,
  List: 9,
  Struct: 12,
};

/**
 * Finds the end of the struct in Thrift's compact protocol at `start`; `undefined` if
 * `bytes` end before it. Needed because the package that parses it trusts all counts.
 *
 * @throws {Error} When it isn't a struct.
 */
export function thriftEnd(
  bytes: Uint8Array,
  start: number,
): number | undefined {
  let at = start;
  const varint = () => {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) return value;
    }
    throw new Error("a number is damaged");
  };
  const skipStruct = (depth: number) => {
    if (depth > MAX_DEPTH) throw new Error("a structure is damaged");
    while (at < bytes.length) {
      const header = bytes[at++]!;
      if ((header & 15) === 0) return;
      if (header >> 4 === 0) varint();
      if ((header & 15) > Type.False) skip(header & 15, depth);
    }
    // The end is missing: each struct ends with a stop byte.
    at = bytes.length + 1;
  };
  const skip = (type: number, depth: number) => {
    if (type <= Type.Byte) at++;
    else if (type <= Type.I64) varint();
    else if (type === Type.Double) at += 8;
    else if (type === Type.Binary) {
      const length = varint();
      at += length;
    } else if (type === Type.Struct) skipStruct(depth + 1);
    else if (type === Type.List) {
      const header = bytes[at++] ?? 0;
      const count = header >> 4 === 15 ? varint() : header >> 4;
      for (let i = 0; i < count && at <= bytes.length; i++) {
        skip(header & 15, depth + 1);
      }
    } else throw new Error("a structure is damaged");
  };
  skipStruct(0);
  return at > bytes.length ? undefined : at;
}
