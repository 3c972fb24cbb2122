import assert from "node:assert/strict";
import { findClass } from "../../src/explain/find_class.ts";

const LABELS = ["dragonfly", "damselfly", "drum", "dog sled", "digital clock"];

Deno.test("findClass() finds a class by name or by index", () => {
  assert.equal(findClass(LABELS, "drum"), 2);
  assert.equal(findClass(LABELS, 4), 4);
});

Deno.test("findClass() names the classes that are called alike, the nearest first", () => {
  assert.throws(() => findClass(LABELS, "Dragonfyl"), {
    name: "ArgumentError",
    message: /no such class. Near it: "dragonfly", "d/,
  });
  assert.throws(() => findClass(LABELS, "clock"), /Near it: "digital clock"/);
});

Deno.test("findClass() refuses what isn't a class's name or index", () => {
  for (const asked of ["", "toString", "length", "0", -1, 5, 1.5, NaN]) {
    assert.throws(
      () => findClass(LABELS, asked),
      { name: "ArgumentError" },
      `${asked}`,
    );
  }
});
