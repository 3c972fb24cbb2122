import assert from "node:assert/strict";
import { barChart, confusionChart } from "../../src/train/charts.ts";
import { confusionMatrix } from "../../src/train/confusion_matrix.ts";
import { elementsOf } from "./well_formed.ts";

const HOSTILE = [
  `</text><script>alert("1")</script>`,
  `a & b < c > "d" 'e'`,
  "]]>",
  "null \0 escape \x1b[2J",
  "half a pair \ud83d",
  "日本語のラベル",
  "x".repeat(10_000),
  "",
];

const bar = (label: string, value: number, note = "") => ({
  label,
  value,
  note,
});

Deno.test("barChart() draws bars as long as their values, on one scale", () => {
  const chart = barChart("Costs", [
    { title: "a", bars: [bar("whole", 4), bar("half", 2, "50%")] },
    { title: "b", bars: [bar("nothing", 0), bar("quarter", 1)] },
  ]);
  const widths = chart.matchAll(/class="right" .*? width="([\d.]+)"/g)
    .map(([_, width]) => Number(width)).toArray();
  assert.deepEqual(widths.map((it) => it / widths[0]!), [1, 0.5, 0, 0.25]);
  assert.match(chart, />50%<\/text>/);
});

Deno.test("barChart() refuses no bars, and values that have no length", () => {
  assert.throws(() => barChart("", []), /no bars/);
  assert.throws(() => barChart("", [{ title: "", bars: [] }]), /no bars/);
  for (const value of [-1, NaN, Infinity]) {
    const group = { title: "", bars: [bar("wrong", value)] };
    assert.throws(() => barChart("", [group]), {
      name: "ArgumentError",
      message:
        `Cannot draw "wrong" as its value must be finite and >= 0: current value is ${value}`,
    });
  }
});

Deno.test("barChart() draws bars that are all 0", () => {
  const chart = barChart("", [{ title: "", bars: [bar("", 0)] }]);
  assert.doesNotMatch(chart, /NaN|Infinity/);
});

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
  // The ground, the frame and the diagonal.
  assert.equal(elementsOf(chart).get("rect"), 2 + 1000);
  assert.ok(chart.length < 1e6);
});

Deno.test("confusionChart() refuses a matrix without classes", () => {
  const empty = { labels: [], counts: new Uint32Array() };
  assert.throws(() => confusionChart("", empty), { name: "ArgumentError" });
});

Deno.test("charts are well-formed whatever is written in them", () => {
  const answers = HOSTILE.map((_, i) => ({ actual: i, predicted: i }));
  for (const title of HOSTILE) {
    const charts = [
      confusionChart(title, confusionMatrix(HOSTILE, answers)),
      barChart(title, [{
        title,
        bars: HOSTILE.map((it) => bar(it, 1, it)),
      }]),
    ];
    for (const chart of charts) {
      const elements = elementsOf(chart);
      assert.equal(elements.get("script"), undefined);
      assert.equal(elements.get("svg"), 1);
    }
  }
});

Deno.test("charts have colours for dark ground, and nothing from elsewhere", () => {
  const chart = barChart("", [{ title: "", bars: [bar("", 1)] }]);
  assert.match(chart, /prefers-color-scheme: dark/);
  const addresses = chart.match(/https?:\/\/[^"]*/g);
  assert.deepEqual(addresses, ["http://www.w3.org/2000/svg"]);
});
