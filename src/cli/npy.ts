/**
 * The header of a NumPy file, version 1.0, of little-endian f32 in row-major
 * order: the values follow. It is padded to 64 bytes.
 *
 * Source: numpy.lib.format.
 */
export function npyHeader(shape: readonly number[]): Uint8Array {
  const extents = shape.map((it) => `${it}, `).join("");
  const facts =
    `{'descr': '<f4', 'fortran_order': False, 'shape': (${extents}), }`;
  const magic = "\x93NUMPY\x01\x00";
  const length = Math.ceil((magic.length + 2 + facts.length + 1) / 64) * 64;
  const text = facts.padEnd(length - magic.length - 3) + "\n";
  const header = new Uint8Array(length);
  for (let i = 0; i < magic.length; i++) header[i] = magic.charCodeAt(i);
  new DataView(header.buffer).setUint16(magic.length, text.length, true);
  header.set(new TextEncoder().encode(text), magic.length + 2);
  return header;
}
