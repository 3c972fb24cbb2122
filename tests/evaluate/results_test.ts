import assert from "node:assert/strict";
import type { EvaluatedImage } from "../../src/evaluate/evaluate.ts";
import {
  collectResults,
  resultRecord,
  separateKept,
} from "../../src/evaluate/results.ts";

function result(name: string, inference = 50.5): EvaluatedImage {
  const top = [{ index: 3, probability: 0.75 }, { index: 1, probability: 0.1 }];
  return { name, classes: [3], top, inference };
}

Deno.test("collectResults() gives back what was written, of each image the last", () => {
  const results = [result("a.jpg"), result("日本 \n.jpg"), result("a.jpg", 7)];
  const lines = results.map((it) => JSON.stringify(resultRecord(it)));
  const kept = collectResults(lines, "results");
  assert.deepEqual([...kept.keys()], ["a.jpg", "日本 \n.jpg"]);
  const { classes: _, ...expected } = result("a.jpg", 7);
  assert.deepEqual(kept.get("a.jpg"), { ...expected, version: undefined });
});

Deno.test("collectResults() keeps the probabilities of all labels of a sigmoid", () => {
  const probabilities = [0.1, 0.75, 0.25];
  const line = JSON.stringify(resultRecord({ ...result("a"), probabilities }));
  assert.doesNotMatch(line, /top/);
  assert.deepEqual(collectResults([line], "results").get("a"), {
    name: "a",
    version: undefined,
    top: [1, 2, 0].map((index) => ({
      index,
      probability: probabilities[index],
    })),
    probabilities,
    inference: 50.5,
  });
  assert.throws(
    () =>
      collectResults(['{"file":"a","probabilities":[],"inference":1}'], "f"),
    { message: "Cannot resume f as its line 2 isn't a result" },
  );
});

Deno.test("separateKept() takes results of the same version, with the classes of now", () => {
  const { classes: _, ...answer } = result("");
  const kept = new Map(
    ["same", "changed", "unknown"].map((name) => [
      name,
      { ...answer, name, version: name === "unknown" ? undefined : "1" },
    ]),
  );
  const images = [
    { name: "new", classes: [0], version: "1" },
    { name: "changed", classes: [0], version: "2" },
    { name: "same", classes: [1, 2], version: "1" },
    { name: "unknown", classes: [0], version: undefined },
  ];
  const { answered, left, outdated } = separateKept(images, kept);
  assert.deepEqual(answered, [{ ...answer, name: "same", classes: [1, 2] }]);
  assert.deepEqual(left.map(({ name }) => name), ["new", "changed", "unknown"]);
  assert.equal(outdated, 2);
});
