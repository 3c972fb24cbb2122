import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../src/errors.ts";
import { labelClasses } from "../../src/weights/labels.ts";

Deno.test("labelClasses() numbers classes that have no names", () => {
  assert.deepEqual(labelClasses(2), ["class 0", "class 1"]);
  assert.deepEqual(labelClasses(0), []);
  assert.deepEqual(labelClasses(2, ["a", "b"]), ["a", "b"]);
});

Deno.test("labelClasses() rejects more or fewer names than classes", () => {
  for (const names of [[], ["a"], ["a", "b", "c"]]) {
    assert.throws(() => labelClasses(2, names), (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(error.message, /2 classes with \d names$/);
      return true;
    });
  }
});
