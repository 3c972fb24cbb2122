import assert from "node:assert/strict";
import { memoryTable } from "../../src/train/features.ts";
import {
  foldScaling,
  measureScaling,
  scaledTable,
} from "../../src/train/scale_features.ts";
import { randomNumbers } from "../random.ts";

const INPUTS = 5;
const ROWS = 300; // More than are read at once.
const random = randomNumbers(6);
const table = memoryTable();
for (let row = 0; row < ROWS; row++) {
  table.add(
    Float32Array.from({ length: INPUTS }, (_, i) => 10 * i + i * random()),
    0,
  );
}
const all = Array.from({ length: ROWS }, (_, row) => row);
const scaling = measureScaling(table, INPUTS);

Deno.test("scaled features have the mean 0, and over all of them the variance 1", () => {
  const values = scaledTable(table, scaling).read(all);
  for (let i = 0; i < INPUTS; i++) {
    let sum = 0;
    for (const row of all) sum += values[row * INPUTS + i]!;
    assert.ok(Math.abs(sum / ROWS) < 1e-5, `${sum}`);
  }
  const square = values.reduce((sum, it) => sum + it * it, 0);
  assert.ok(Math.abs(square / values.length - 1) < 1e-3, `${square}`);
});

Deno.test("foldScaling() gives a layer that answers for features as the other for scaled ones", () => {
  const units = 3;
  const layer = {
    kernel: Float32Array.from({ length: INPUTS * units }, () => random() - 0.5),
    bias: Float32Array.of(1, -1, 0.5),
  };
  const folded = foldScaling(layer, scaling);
  const [plain, scaled] = [table, scaledTable(table, scaling)]
    .map((it) => it.read([7]));
  const answer = ({ kernel, bias }: typeof layer, x: Float32Array) =>
    Array.from(
      bias,
      (sum, unit) =>
        x.reduce((sum, it, i) => sum + it * kernel[i * units + unit]!, sum),
    );
  const expected = answer(layer, scaled!);
  for (const [i, value] of answer(folded, plain!).entries()) {
    assert.ok(Math.abs(value - expected[i]!) < 1e-4, `${value} ${expected[i]}`);
  }
});

Deno.test("features that are all alike are left their size", () => {
  const same = memoryTable();
  for (let i = 0; i < 3; i++) same.add(Float32Array.of(2, 2), 0);
  const scaling = measureScaling(same, 2);
  assert.deepEqual([...scaledTable(same, scaling).read([0])], [0, 0]);
});
