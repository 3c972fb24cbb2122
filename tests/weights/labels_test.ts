import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../src/errors.ts";
import {
  labelClasses,
  parseClassIds,
  parseLabels,
} from "../../src/weights/labels.ts";

Deno.test("labelClasses() numbers classes that have no names", () => {
  assert.deepEqual(labelClasses(2), ["class 0", "class 1"]);
  assert.deepEqual(labelClasses(0), []);
  assert.deepEqual(labelClasses(2, ["a", "b"]), ["a", "b"]);
});

Deno.test("labelClasses() rejects more or fewer names than classes", () => {
  for (const names of [[], ["a"], ["a", "b", "c"]]) {
    assert.throws(() => labelClasses(2, names), (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(error.message, /2 classes with \d names?$/);
      return true;
    });
  }
});

Deno.test("labelClasses() refuses one class, whose probability is always 1", () => {
  for (const names of [undefined, ["porn"]]) {
    assert.throws(() => labelClasses(1, names), {
      name: "CorruptWeightsError",
      message: /^Cannot use a classifier of one output .* 100% .* give it two/,
    });
  }
});

Deno.test("parseLabels() reads a list of names, of [id, name], and Keras's object", () => {
  const names = ["tench", "goldfish", "great white shark"];
  for (
    const json of [
      names,
      names.map((it, i) => [`n0${i}`, it]),
      { 0: ["n00", "tench"], 1: ["n01", "goldfish"], 2: ["n02", names[2]] },
      { ...names },
    ]
  ) {
    assert.deepEqual(parseLabels(json, "classes.json"), names);
  }
  assert.deepEqual(parseLabels([], "classes.json"), []);
});

Deno.test("parseLabels() takes Keras's object by index, in whatever order it is written", () => {
  const names = Array.from({ length: 12 }, (_, i) => `class ${i}`);
  const members = names.map((it, i) => `"${i}":["n${i}","${it}"]`).reverse();
  assert.deepEqual(
    parseLabels(JSON.parse(`{${members.join(",")}}`), "classes.json"),
    names,
  );
});

Deno.test("parseLabels() takes the indices of names, as Keras and torchvision give them", () => {
  const read = (json: unknown) => parseLabels(json, "classes.json");
  assert.deepEqual(read({ cat: 1, dog: 2, bird: 0 }), ["bird", "cat", "dog"]);
  // Digits, which JavaScript puts in the order of their names.
  assert.deepEqual(read({ 0: 2, 1: 0, 2: 1 }), ["1", "2", "0"]);
  assert.deepEqual(read(JSON.parse('{"__proto__":0,"a":1}')), [
    "__proto__",
    "a",
  ]);
  assert.equal(parseClassIds({ cat: 0, dog: 1 }, "classes.json"), null);
});

Deno.test("parseLabels() rejects indices that leave out a class, or have two for one", () => {
  const cases: [unknown, string][] = [
    [{ cat: 1, dog: 2 }, '0..1: that of "dog" is 2'],
    [{ cat: 0, dog: 0 }, '0..1: that of "dog" is 0'],
    [{ cat: -1 }, '0..0: that of "cat" is -1'],
    [{ cat: 0.5 }, '0..0: that of "cat" is 0.5'],
  ];
  for (const [json, message] of cases) {
    assert.throws(() => parseLabels(json, "classes.json"), (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.ok(error.message.endsWith(message), error.message);
      return true;
    });
  }
});

Deno.test("parseLabels() rejects what isn't a list of names, and says where", () => {
  const cases: [unknown, RegExp][] = [
    [null, /an array: it is null$/],
    ["tench", /an array: it is "tench"$/],
    [{}, /an array/],
    [{ tench: "0" }, /an array/],
    [{ tench: 0, goldfish: "1" }, /an array/],
    [[1], /a string: it is 1$/],
    [[["n01440764"]], /a string: it is absent$/],
    [[["n01440764", null]], /a string: it is null$/],
    [[{ 0: "tench" }], /a string/],
    [{ 0: "tench", 2: "goldfish" }, /a string: it is absent$/],
    [{ 0: "tench", name: "goldfish" }, /a string: it is absent$/],
    [{ 1: "tench" }, /an array/],
  ];
  for (const [json, message] of cases) {
    assert.throws(() => parseLabels(json, "classes.json"), (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(error.message, /^Cannot read classes\.json as it must be /);
      assert.match(error.message, message);
      return true;
    }, JSON.stringify(json));
  }
});

Deno.test("parseClassIds() reads the ids of pairs, and finds none in names alone", () => {
  const pairs = [["n00", "tench"], ["n01", "goldfish"]];
  assert.deepEqual(parseClassIds(pairs, "classes.json"), ["n00", "n01"]);
  assert.deepEqual(parseClassIds({ ...pairs }, "classes.json"), ["n00", "n01"]);
  const names = ["tench", "goldfish"];
  assert.equal(parseClassIds(names, "classes.json"), null);
  assert.equal(parseClassIds([pairs[0], "goldfish"], "classes.json"), null);
  for (const json of [null, 1, "n00", {}, [["n00", "tench"], [1, "a"]]]) {
    assert.throws(
      () => parseClassIds(json, "classes.json"),
      CorruptWeightsError,
    );
  }
});
