import assert from "node:assert/strict";
import { ArgumentError, CorruptWeightsError } from "../../src/errors.ts";
import {
  asWords,
  labelClasses,
  parseClasses,
} from "../../src/weights/labels.ts";

Deno.test("labelClasses() numbers classes that have no names", () => {
  assert.deepEqual(labelClasses({ classes: 2 }), ["class 0", "class 1"]);
  assert.deepEqual(labelClasses({ classes: 0 }), []);
  assert.deepEqual(labelClasses({ classes: 2 }, ["a", "b"]), ["a", "b"]);
});

Deno.test("labelClasses() rejects more or fewer names than classes", () => {
  for (const names of [[], ["a"], ["a", "b", "c"]]) {
    assert.throws(() => labelClasses({ classes: 2 }, names), (error) => {
      assert.ok(error instanceof ArgumentError);
      assert.match(error.message, /2 classes with \d names?$/);
      return true;
    });
  }
});

Deno.test("labelClasses() takes one class", () => {
  assert.deepEqual(labelClasses({ classes: 1 }), ["class 0"]);
  assert.deepEqual(labelClasses({ classes: 1 }, ["cat"]), ["cat"]);
});

Deno.test("parseClasses() reads a list of names, of [id, name], and Keras's object", () => {
  const names = ["tench", "goldfish", "great white shark"];
  for (
    const json of [
      names,
      names.map((it, i) => [`n0${i}`, it]),
      { 0: ["n00", "tench"], 1: ["n01", "goldfish"], 2: ["n02", names[2]] },
      { ...names },
    ]
  ) {
    assert.deepEqual(parseClasses(json, "classes.json").labels, names);
  }
  assert.deepEqual(parseClasses([], "classes.json").labels, []);
});

Deno.test("parseClasses() takes Keras's object by index, in whatever order it is written", () => {
  const names = Array.from({ length: 12 }, (_, i) => `class ${i}`);
  const members = names.map((it, i) => `"${i}":["n${i}","${it}"]`).reverse();
  assert.deepEqual(
    parseClasses(JSON.parse(`{${members.join(",")}}`), "classes.json").labels,
    names,
  );
});

Deno.test("parseClasses() takes the indices of names, as Keras and torchvision give them", () => {
  const read = (json: unknown) => parseClasses(json, "classes.json").labels;
  assert.deepEqual(read({ cat: 1, dog: 2, bird: 0 }), ["bird", "cat", "dog"]);
  // JavaScript orders integer keys by value.
  assert.deepEqual(read({ 0: 2, 1: 0, 2: 1 }), ["1", "2", "0"]);
  assert.deepEqual(read(JSON.parse('{"__proto__":0,"a":1}')), [
    "__proto__",
    "a",
  ]);
  assert.equal(
    parseClasses({ cat: 0, dog: 1 }, "classes.json").classIds,
    undefined,
  );
});

Deno.test("parseClasses() rejects indices that leave out a class, or have two for one", () => {
  const cases: [unknown, string][] = [
    [{ cat: 1, dog: 2 }, '0..1: that of "dog" is 2'],
    [{ cat: 0, dog: 0 }, '0..1: that of "dog" is 0'],
    [{ cat: -1 }, '0..0: that of "cat" is -1'],
    [{ cat: 0.5 }, '0..0: that of "cat" is 0.5'],
  ];
  for (const [json, message] of cases) {
    assert.throws(() => parseClasses(json, "classes.json").labels, (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.ok(error.message.endsWith(message), error.message);
      return true;
    });
  }
});

Deno.test("parseClasses() rejects what isn't a list of names, and says where", () => {
  const cases: [unknown, RegExp][] = [
    [null, /an array of names, or an object .*: it is null$/],
    ["tench", /an array of names, or an object .*: it is "tench"$/],
    [{}, /an array/],
    [{ tench: "0" }, /an array/],
    [{ tench: 0, goldfish: "1" }, /an array/],
    [[1], /a string: it is 1$/],
    [["tench", 7], /^Cannot read class 1 in .* a string: it is 7$/],
    [[["n01440764"]], /^Cannot read the name of class 0 in .*: it is absent$/],
    [[["n0", "tench"], [7, "goldfish"]], /the id of class 1 in .*: it is 7$/],
    [[["n01440764", null]], /a string: it is null$/],
    [[{ 0: "tench" }], /a string/],
    [{ 0: "tench", 2: "goldfish" }, /a string: it is absent$/],
    [{ 0: "tench", name: "goldfish" }, /a string: it is absent$/],
    [{ 1: "tench" }, /an array/],
  ];
  for (const [json, message] of cases) {
    assert.throws(() => parseClasses(json, "classes.json").labels, (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(
        error.message,
        /^Cannot read (.* in )?classes\.json as it must be /,
      );
      assert.match(error.message, message);
      return true;
    }, JSON.stringify(json));
  }
});

Deno.test("parseClasses() reads the ids of pairs, and finds none in names alone", () => {
  const pairs = [["n00", "tench"], ["n01", "goldfish"]];
  assert.deepEqual(parseClasses(pairs, "classes.json").classIds, [
    "n00",
    "n01",
  ]);
  assert.deepEqual(parseClasses({ ...pairs }, "classes.json").classIds, [
    "n00",
    "n01",
  ]);
  const names = ["tench", "goldfish"];
  assert.equal(parseClasses(names, "classes.json").classIds, undefined);
  assert.equal(
    parseClasses([pairs[0], "goldfish"], "classes.json").classIds,
    undefined,
  );
  for (const json of [null, 1, "n00", {}, [["n00", "tench"], [1, "a"]]]) {
    assert.throws(
      () => parseClasses(json, "classes.json").classIds,
      CorruptWeightsError,
    );
  }
});

Deno.test("parseClasses() gives names with WordNet's ids as words, and no others", () => {
  const read = (json: unknown) => parseClasses(json, "classes.json").labels;
  const names = ["great_white_shark", "tiger_cat"];
  const wordNets = [["n01484850", names[0]], ["n02123159", names[1]]];
  assert.deepEqual(read(wordNets), ["great white shark", "tiger cat"]);
  assert.deepEqual(read({ ...wordNets }), ["great white shark", "tiger cat"]);
  assert.deepEqual(read(names), names);
  assert.deepEqual(read([["a", names[0]], ["n02123159", names[1]]]), names);
  assert.deepEqual(read({ tiger_cat: 0 }), ["tiger_cat"]);
});

Deno.test("asWords() takes Keras's names of ImageNet for words, and leaves all others", () => {
  const own = Array.from({ length: 1000 }, (_, i) => `part_${i}`);
  assert.equal(asWords(own), own);
  const imageNets = own.with(2, "great_white_shark").with(282, "tiger_cat")
    .with(388, "giant_panda").with(999, "toilet_tissue");
  const words = asWords(imageNets);
  assert.deepEqual([words[0], words[282]], ["part 0", "tiger cat"]);
  assert.equal(asWords(words), words);
  for (const other of [imageNets.slice(0, 999), imageNets.with(282, "cat")]) {
    assert.equal(asWords(other), other);
  }
});
