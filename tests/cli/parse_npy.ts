import assert from "node:assert/strict";

/** Parses version 1.0 of the format of numpy.lib.format. */
export function parseNpy(bytes: Uint8Array): {
  readonly shape: readonly number[];
  readonly values: Float32Array;
} {
  assert.deepEqual([...bytes.subarray(0, 8)], [
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    1,
    0,
  ]);
  const length = bytes[8]! + 256 * bytes[9]!;
  assert.equal((10 + length) % 64, 0);
  const header = new TextDecoder().decode(bytes.subarray(10, 10 + length));
  const match = header.match(
    /^\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+), \), \} *\n$/,
  )!;
  return {
    shape: [Number(match[1]), Number(match[2])],
    values: new Float32Array(bytes.slice(10 + length).buffer),
  };
}
