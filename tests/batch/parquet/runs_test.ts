import assert from "node:assert/strict";
import { readRuns } from "../../../src/batch/parquet/runs.ts";
import { randomNumbers } from "../../random.ts";

/** Bit-packs values in groups of eight, one bit at a time. */
function packed(values: readonly number[], width: number): number[] {
  const groups = Math.ceil(values.length / 8);
  const bytes = new Array<number>(groups * width).fill(0);
  for (const [i, value] of values.entries()) {
    for (let bit = 0; bit < width; bit++) {
      const at = i * width + bit;
      const isSet = Math.floor(value / 2 ** bit) % 2;
      bytes[at >> 3]! |= isSet << (at & 7);
    }
  }
  assert.ok(groups < 64); // The header is a single byte.
  return [groups << 1 | 1, ...bytes];
}

Deno.test("runs and bit-packed values of every width are read", () => {
  const random = randomNumbers(1);
  for (let width = 0; width <= 32; width++) {
    const values = Array.from(
      { length: 61 },
      () => Math.floor(random() * 2 ** width),
    );
    const run = Math.floor(random() * 2 ** width);
    const bytes = new Uint8Array([
      99,
      10 << 1,
      ...Array.from(
        { length: Math.ceil(width / 8) },
        (_, i) => Math.floor(run / 2 ** (8 * i)) % 256,
      ),
      ...packed(values, width),
    ]);
    assert.deepEqual(
      Array.from(readRuns(bytes, 1, bytes.length, width, 71)),
      [...Array(10).fill(run), ...values],
      `${width}`,
    );
  }
});

Deno.test("runs that end before their count are refused", () => {
  const bytes = new Uint8Array([3, 255, 3, 255, 2]);
  assert.equal(readRuns(bytes, 0, 4, 1, 16).length, 16);
  for (const end of [0, 1, 3, 5]) {
    assert.throws(() => readRuns(bytes, 0, end, 1, 17), /damaged/);
  }
  // A run of 2^27 values, of which only the expected number is read.
  const long = new Uint8Array([128, 128, 128, 128, 1, 7]);
  assert.deepEqual(Array.from(readRuns(long, 0, 6, 3, 2)), [7, 7]);
});
