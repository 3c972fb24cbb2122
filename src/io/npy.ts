/**
 * NumPy's file format, version 1.0, for little-endian f32 in row-major order. Source:
 * numpy.lib.format.
 *
 * @module
 */

const MAGIC = "\x93NUMPY\x01\x00";

/** The header, which precedes the values. Its length is a multiple of 64 bytes. */
export function npyHeader(shape: readonly number[]): Uint8Array {
  const extents = shape.map((it) => `${it}, `).join("");
  const metadata =
    `{'descr': '<f4', 'fortran_order': False, 'shape': (${extents}), }`;
  const length = Math.ceil((MAGIC.length + 2 + metadata.length + 1) / 64) * 64;
  const text = metadata.padEnd(length - MAGIC.length - 3) + "\n";
  const header = new Uint8Array(length);
  for (let i = 0; i < MAGIC.length; i++) header[i] = MAGIC.charCodeAt(i);
  new DataView(header.buffer).setUint16(MAGIC.length, text.length, true);
  header.set(new TextEncoder().encode(text), MAGIC.length + 2);
  return header;
}

/**
 * The number of rows in a header from {@linkcode npyHeader}; `null` for any other header.
 */
export function npyRows(header: Uint8Array, columns: number): number | null {
  const [, text] = new TextDecoder("latin1").decode(header)
    .match(/'shape': \((\d{1,15}), /) ?? [];
  if (text === undefined) return null;
  const expected = npyHeader([Number(text), columns]);
  const isSame = expected.length === header.length &&
    expected.every((byte, i) => byte === header[i]);
  return isSame ? Number(text) : null;
}
