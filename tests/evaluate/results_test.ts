import assert from "node:assert/strict";
import type { EvaluatedImage } from "../../src/evaluate/evaluate.ts";
import {
  parseResults,
  resultRecord,
  resultsHeader,
  separateKept,
} from "../../src/evaluate/results.ts";

const CONDITIONS = { model: "a", crops: 1 };

function result(name: string, inference = 50.5): EvaluatedImage {
  const top = [{ index: 3, probability: 0.75 }, { index: 1, probability: 0.1 }];
  return { name, classes: [3], top, inference };
}

/** Lines as a program writes them. */
function linesOf(...results: readonly EvaluatedImage[]): string {
  return [resultsHeader(CONDITIONS), ...results.map(resultRecord)]
    .map((it) => JSON.stringify(it) + "\n").join("");
}

Deno.test("parseResults() gives back what was written, of each image the last", () => {
  const text = linesOf(
    result("a.jpg"),
    result("日本 \n.jpg"),
    result("a.jpg", 7),
  );
  const kept = parseResults(text, CONDITIONS);
  assert.deepEqual([...kept.keys()], ["a.jpg", "日本 \n.jpg"]);
  const { classes: _, ...expected } = result("a.jpg", 7);
  assert.deepEqual(kept.get("a.jpg"), { ...expected, version: undefined });
});

Deno.test("parseResults() ignores a last line that was cut off, wherever it was", () => {
  const text = linesOf(result("a.jpg"), result("b.jpg"));
  for (let length = 0; length <= text.length; length++) {
    const done = text.slice(0, length).split("\n").length - 1;
    const { size } = parseResults(text.slice(0, length), CONDITIONS);
    assert.equal(size, Math.max(0, done - 1));
  }
});

Deno.test("parseResults() refuses other texts, conditions and lines", () => {
  const text = linesOf(result("a.jpg"));
  const other = { ...CONDITIONS, crops: 12 };
  const cases: [
    text: string,
    conditions: typeof CONDITIONS,
    message: RegExp,
  ][] = [
    [text, other, /begun with other crops: 1, now 12$/],
    ["a photo\n", CONDITIONS, /isn't a file of results$/],
    [`${text}{}\n`, CONDITIONS, /its line 3 isn't a result$/],
  ];
  for (const [text, conditions, message] of cases) {
    assert.throws(() => parseResults(text, conditions), {
      name: "ArgumentError",
      message,
    });
  }
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
