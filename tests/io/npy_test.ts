import assert from "node:assert/strict";
import { npyHeader, npyRows } from "../../src/io/npy.ts";

Deno.test("npyRows() reads what npyHeader() wrote, and no other header", () => {
  for (const rows of [0, 1, 12, 10 ** 14]) {
    const header = npyHeader([rows, 2048]);
    assert.equal(header.length % 64, 0);
    assert.equal(npyRows(header, 2048), rows);
    assert.equal(npyRows(header, 2047), null);
    for (const [at, byte] of header.entries()) {
      const damaged = header.with(at, byte ^ 1);
      const read = npyRows(damaged, 2048);
      // A digit of the number of rows may turn into another one.
      assert.ok(read === null || read !== rows, `${at}`);
    }
  }
  assert.equal(npyRows(new Uint8Array(128), 2048), null);
  assert.equal(npyRows(npyHeader([5]), 2048), null);
});
