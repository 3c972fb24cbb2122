import assert from "node:assert/strict";
import { barChart } from "../../src/charts/bar_chart.ts";
import { HOSTILE_TEXTS } from "./hostile_texts.ts";
import { elementsOf } from "./well_formed.ts";

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

Deno.test("barChart() is well-formed whatever is written in it", () => {
  for (const title of HOSTILE_TEXTS) {
    const bars = HOSTILE_TEXTS.map((it) => bar(it, 1, it));
    const elements = elementsOf(barChart(title, [{ title, bars }]));
    assert.equal(elements.get("script"), undefined);
    assert.equal(elements.get("svg"), 1);
  }
});

Deno.test("charts have colours for dark ground, and nothing from elsewhere", () => {
  const chart = barChart("", [{ title: "", bars: [bar("", 1)] }]);
  assert.match(chart, /prefers-color-scheme: dark/);
  const addresses = chart.match(/https?:\/\/[^"]*/g);
  assert.deepEqual(addresses, ["http://www.w3.org/2000/svg"]);
});
