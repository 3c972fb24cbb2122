import assert from "node:assert/strict";
import { classNames } from "../src/class_names.ts";

const LABELS = ["great_white_shark", "crane", "tabby", "crane"];
const IDS = ["n01484850", "n02012849", "n02123045", "n03126707"];

Deno.test("classNames() finds a class by its name, however it is spelt", () => {
  const names = classNames(LABELS, null);
  assert.equal(names.find("tabby"), 2);
  for (
    const name of [
      "great_white_shark",
      "Great White Shark",
      "great-white shark",
    ]
  ) {
    assert.equal(names.find(name), 0);
  }
  assert.equal(names.find("shark"), null);
  const composed = classNames(["Caf\u00e9"], null);
  assert.equal(composed.find("cafe\u0301"), 0);
  assert.equal(names.find("n02123045"), null);
});

Deno.test("classNames() finds a class by its id", () => {
  const names = classNames(LABELS, IDS);
  assert.equal(names.find("n03126707"), 3);
  assert.equal(names.find("tabby"), 2);
  assert.deepEqual([names.hasIds, classNames(LABELS, null).hasIds], [
    true,
    false,
  ]);
});

Deno.test("classNames() refuses a name that several classes have", () => {
  assert.throws(() => classNames(LABELS, IDS).find("crane"), {
    name: "ArgumentError",
    message:
      'Cannot tell which class "crane" is: 1 is "crane" (n02012849), 3 is "crane" (n03126707)',
  });
  assert.throws(() => classNames(LABELS, null).find("crane"), {
    message: 'Cannot tell which class "crane" is: 1 is "crane", 3 is "crane"',
  });
});

Deno.test("classNames() takes names of the prototype for what they are", () => {
  assert.equal(classNames(LABELS, IDS).find("constructor"), null);
  assert.equal(classNames(["constructor", "b"], null).find("constructor"), 0);
});
