import assert from "node:assert/strict";
import { upsample } from "../../src/explain/upsample.ts";
import { explanationOf } from "./maps.ts";

const SEEN = { left: 0, top: 0, width: 8, height: 4 };

Deno.test("upsample() goes evenly from one cell's middle to the next", () => {
  const explanation = explanationOf([[0, 4]], SEEN);
  assert.deepEqual(
    [...upsample(explanation, 8, 1)],
    [0, 0, 0.5, 1.5, 2.5, 3.5, 4, 4],
  );
});

Deno.test("upsample() goes down rows as across columns, and gives back the cells at their own size", () => {
  const cells = [[1, -2], [3, 0.5], [7, 7]];
  const explanation = explanationOf(cells, SEEN);
  assert.deepEqual([...upsample(explanation, 2, 3)], cells.flat());
  const tall = explanationOf([[0], [4]], SEEN);
  assert.deepEqual([...upsample(tall, 1, 4)], [0, 1, 3, 4]);
});

Deno.test("upsample() knows that the cells lie in a part of the crop", () => {
  const mapBounds = { left: 12, top: 20, width: 4, height: 4 };
  const crop = { left: 10, top: 20, width: 8, height: 4 };
  const explanation = explanationOf([[0, 4]], crop, mapBounds);
  assert.deepEqual(
    [...upsample(explanation, 8, 1)],
    [0, 0, 0, 1, 3, 4, 4, 4],
  );
});

Deno.test("upsample() of one cell is its value everywhere", () => {
  const fine = upsample(explanationOf([[3]], SEEN), 5, 2);
  assert.deepEqual([...fine], Array.from({ length: 10 }, () => 3));
});
