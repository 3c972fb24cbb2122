import assert from "node:assert/strict";
import { findClass } from "../../src/explain/find_class.ts";

const MODEL = {
  labels: ["dragonfly", "damselfly", "drum", "dog sled", "digital clock"],
};

Deno.test("findClass() finds a class by name or by index", () => {
  assert.equal(findClass(MODEL, "drum"), 2);
  assert.equal(findClass(MODEL, 4), 4);
});

Deno.test("findClass() names the classes that are called alike, the nearest first", () => {
  assert.throws(() => findClass(MODEL, "Dragonfyl"), {
    name: "ArgumentError",
    message: /no such class. Similar names: "dragonfly"$/,
  });
  assert.throws(
    () => findClass(MODEL, "clock"),
    /Similar names: "digital clock"$/,
  );
  const cats = { labels: ["tabby", "tiger cat", "Egyptian cat"] };
  assert.throws(
    () => findClass(cats, "cat"),
    /Similar names: "tiger cat", "Egyptian cat"$/,
  );
});

Deno.test("findClass() calls no class near that isn't", () => {
  assert.throws(
    () => findClass({ labels: ["Drawing", "Neutral"] }, "dog"),
    /no such class. Should be one of: "Drawing", "Neutral"$/,
  );
  const labels = Array.from({ length: 20 }, (_, i) => `${i}`);
  assert.throws(() => findClass({ labels }, "cat"), /no such class$/);
});

Deno.test("findClass() refuses what isn't a class's name or index", () => {
  for (const asked of ["", "toString", "length", "0", -1, 5, 1.5, NaN]) {
    assert.throws(
      () => findClass(MODEL, asked),
      { name: "ArgumentError" },
      `${asked}`,
    );
  }
});

Deno.test("findClass() finds ImageNet's classes however they are spelt, and by their ids", () => {
  const model = {
    labels: ["tabby", "tiger cat", "crane", "crane"],
    classIds: ["n02123045", "n02123159", "n02012849", "n03126707"],
  };
  for (
    const asked of [
      "tiger cat",
      "tiger_cat",
      "Tiger-Cat",
      "n02123159",
      "N02123159",
    ]
  ) assert.equal(findClass(model, asked), 1, asked);
  assert.equal(findClass(model, "n03126707"), 3);
  assert.throws(() => findClass(model, "crane"), {
    name: "ArgumentError",
    message: /2 is "crane" \(n02012849\), 3 is "crane" \(n03126707\)$/,
  });
  // Two names that normalize to the same spelling must match exactly.
  const { labels } = { labels: ["a b", "a_b"] };
  assert.equal(findClass({ labels }, "a_b"), 1);
  assert.throws(() => findClass({ labels }, "A b"), /Cannot tell which class/);
});
