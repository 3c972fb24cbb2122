import assert from "node:assert/strict";
import { confusionChart } from "../../src/evaluate/confusion_chart.ts";
import { confusionMatrix } from "../../src/evaluate/confusion_matrix.ts";
import { HOSTILE_TEXTS } from "../charts/hostile_texts.ts";
import { elementsOf } from "../charts/well_formed.ts";

Deno.test("confusionChart() shades a square by its part of the row", () => {
  const chart = confusionChart(
    "Pets",
    confusionMatrix(["cat", "dog"], [
      { actual: 0, predicted: 0 },
      { actual: 0, predicted: 1 },
      { actual: 1, predicted: 1 },
    ]),
  );
  const squares = chart.matchAll(
    /<title>(.*?)<\/title><rect class="(\w+)" .*? fill-opacity="([\d.]+)"/g,
  ).map(([_, title, kind, opacity]) => [title, kind, Number(opacity)])
    .toArray();
  assert.deepEqual(squares, [
    ["cat answered with cat: 1 of 2", "right", 0.6],
    ["cat answered with dog: 1 of 2", "wrong", 0.6],
    ["dog answered with dog: 1 of 1", "right", 1],
  ]);
});

Deno.test("confusionChart() draws a thousand classes without empty squares", () => {
  const labels = Array.from({ length: 1000 }, (_, i) => `class ${i}`);
  const answers = labels.map((_, i) => ({ actual: i, predicted: i }));
  const chart = confusionChart("Many", confusionMatrix(labels, answers));
  // The background, the frame and the diagonal.
  assert.equal(elementsOf(chart).get("rect"), 2 + 1000);
  assert.ok(chart.length < 1e6);
});

Deno.test("confusionChart() refuses a matrix without classes", () => {
  const empty = { labels: [], counts: new Uint32Array() };
  assert.throws(() => confusionChart("", empty), { name: "ArgumentError" });
});

Deno.test("confusionChart() is well-formed whatever is written in it", () => {
  const answers = HOSTILE_TEXTS.map((_, i) => ({ actual: i, predicted: i }));
  const matrix = confusionMatrix(HOSTILE_TEXTS, answers);
  for (const title of HOSTILE_TEXTS) {
    const elements = elementsOf(confusionChart(title, matrix));
    assert.equal(elements.get("script"), undefined);
    assert.equal(elements.get("svg"), 1);
  }
});
