import assert from "node:assert/strict";
import { alignRows } from "../../src/text/text_table.ts";

Deno.test("alignRows() pads columns to their longest cell, and leaves no space behind", () => {
  const rows = [["name", "count", "note"], ["a", "1,000,000", ""]];
  assert.deepEqual(alignRows(rows, ["left", "right", "left"]), [
    "name      count  note",
    "a     1,000,000",
  ]);
});

Deno.test("alignRows() takes no rows", () => {
  assert.deepEqual(alignRows([], ["left"]), []);
});
