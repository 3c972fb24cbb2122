import assert from "node:assert/strict";
import type { Result } from "../../../bench/peers/compare.ts";
import type { Contestant } from "../../../bench/peers/contestants/contestant.ts";
import { distance } from "../../../bench/peers/distance.ts";
import { rowsOf } from "../../../bench/peers/rows.ts";
import { writeTable } from "../../../bench/peers/table.ts";

const REFERENCE = [
  { probabilities: [0.75, 0.25], features: [3, 4] },
  { probabilities: [0.5, 0.5], features: [1, 0] },
];
const TOTEM: Contestant = { library: "Totem", precision: "int8", on: 1 };
const PEER: Contestant = { library: "LiteRT.js", precision: "int8", on: 1 };
const TFJS: Contestant = {
  library: "tfjs-backend-wasm",
  precision: "f32",
  on: 1,
};
const GPU: Contestant = { library: "Totem", precision: "int8", on: "webgpu" };

const visit = (images: readonly number[], peakBytes: number) => ({
  load: 100 + images[0]!,
  first: 20 + images[0]!,
  images,
  answers: REFERENCE,
  peakBytes,
});

const results: readonly Result[] = [
  {
    runtime: "Deno",
    contestant: TOTEM,
    visits: [visit([5, 4, 9], 2 ** 20), visit([6, 8], 3 * 2 ** 20)],
  },
  { runtime: "Deno", contestant: PEER, visits: [visit([7], 2 ** 21)] },
  { runtime: "Deno", contestant: GPU, visits: [visit([90], 2 ** 24)] },
  { runtime: "Node 20", contestant: GPU, visits: [], failure: "no GPU" },
  {
    runtime: "Chromium",
    contestant: TOTEM,
    visits: [{ ...visit([10], NaN), downloadBytes: 22_500_000 }],
  },
];

Deno.test("distance() is that of the photo that is farthest off", () => {
  const answers = [
    { probabilities: [0.75, 0.25], features: [6, 8] },
    { probabilities: [0.4, 0.6], features: [1, 1] },
  ];
  const { probability, features } = distance(answers, REFERENCE);
  assert.ok(Math.abs(probability - 0.1) < 1e-9);
  assert.ok(Math.abs(features - (1 - Math.SQRT1_2)) < 1e-9);
});

Deno.test("distance() compares what was answered where not all was", () => {
  const { probability } = distance(REFERENCE.slice(0, 1), REFERENCE);
  assert.equal(probability, 0);
});

Deno.test("rowsOf() puts all visits together, and leaves out who has none", () => {
  const rows = rowsOf(results, REFERENCE);
  assert.equal(rows.length, 4);
  const { least, median, load, first, peakBytes } = rows[0]!;
  assert.deepEqual({ least, median, load, first, peakBytes }, {
    least: 4,
    median: 6,
    load: 105,
    first: 25,
    peakBytes: 3 * 2 ** 20,
  });
});

Deno.test("rowsOf() tells of a process what a page downloads", () => {
  const rows = rowsOf(results, REFERENCE);
  assert.deepEqual(
    rows.map(({ downloadBytes }) => downloadBytes),
    [22_500_000, undefined, undefined, 22_500_000],
  );
});

Deno.test("rowsOf() compares with tfjs on one thread in the same runtime", () => {
  const tfjs: Result = {
    runtime: "Deno",
    contestant: TFJS,
    visits: [visit([20, 30], 2 ** 24)],
  };
  const rows = rowsOf([...results, tfjs], REFERENCE);
  assert.deepEqual(
    rows.map(({ speedup }) => speedup),
    [5, 20 / 7, 20 / 90, undefined, 1],
  );
  const [, , totem, peer] = writeTable(rows).split("\n");
  assert.match(totem!, /\| \*\*5\.0\*\* \|/);
  assert.match(peer!, /\| 2\.9 \|/);
});

Deno.test("writeTable() shows who is best on the same in one runtime", () => {
  const lines = writeTable(rowsOf(results, REFERENCE)).trimEnd().split("\n");
  const cells = lines.slice(2).map((line) => line.split("|").slice(1, 9));
  assert.deepEqual(cells.map((it) => it.map((cell) => cell.trim())), [
    [
      ...["Deno", "Totem int8", "1 thread"],
      ...["**4.0**", "**6.0**", "", "**105**", "**25**"],
    ],
    ["Deno", "LiteRT.js int8", "1 thread", "7.0", "7.0", "", "107", "27"],
    [
      ...["Deno", "Totem int8", "WebGPU"],
      ...["**90.0**", "**90.0**", "", "**190**", "**110**"],
    ],
    [
      ...["Chromium", "Totem int8", "1 thread"],
      ...["**10.0**", "**10.0**", "", "**110**", "**30**"],
    ],
  ]);
  assert.match(lines[2]!, /\| 3 \|/, "The peer takes less memory");
  assert.match(lines[3]!, /\| \*\*2\*\* \|/);
});
