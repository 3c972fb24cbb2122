import assert from "node:assert/strict";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { loadTfjsWasm } from "../../src/backends/tfjs/wasm.ts";
import { inceptionV3, type Variant } from "../../src/model/mod.ts";
import { nodeGrid, onGrid } from "../../src/train/node_grid.ts";

const tf = await loadTfjsWasm();
await tf.setBackend("wasm");

const END = "MaxPool_5a_3x3";
const gridOf = (variant: Variant) => nodeGrid(inceptionV3({ variant }), END);

Deno.test("nodeGrid() says where the stem's last pixels lie, as worked out by hand", () => {
  // Of a side of 299: strides 2, 2 and 2; the first pixel sees 27 x 27.
  const cases: [Variant, first: number, step: number, count: number][] = [
    ["full", 13.5 / 299, 8 / 299, 35],
    ["low151", 7.5 / 151, 4 / 151, 35],
    ["low79", 4.5 / 79, 2 / 79, 36],
  ];
  for (const [variant, first, step, count] of cases) {
    const grid = gridOf(variant);
    assert.ok(Math.abs(grid.first - first) < 1e-12, `${variant}`);
    assert.ok(Math.abs(grid.step - step) < 1e-12, `${variant}`);
    assert.equal(grid.count, count);
  }
});

Deno.test("nodeGrid() refuses a node behind the stem", () => {
  assert.throws(() => nodeGrid(inceptionV3(), "Mixed_5b"), {
    name: "RangeError",
    message: /Mixed_5b\/.* isn't in the stem/,
  });
});

Deno.test("onGrid() reads each pixel at its place, of each image", () => {
  const [from, to] = [gridOf("full"), gridOf("low79")];
  const places = (grid: typeof from) =>
    Array.from({ length: grid.count }, (_, i) => grid.first + i * grid.step);
  // An image whose values say where they lie, and one of other values.
  const values = [1, -2].map((sign) =>
    places(from).map((y) => places(from).map((x) => [sign * y, sign * x]))
  );
  const found = tf.tidy(() =>
    onGrid(tf, tf.tensor4d(values) as Tensor4D, from, to).arraySync()
  );
  assert.equal(found.length, 2);
  for (const [image, sign] of [1, -2].entries()) {
    for (const [i, y] of places(to).entries()) {
      for (const [j, x] of places(to).entries()) {
        const [atY, atX] = found[image]![i]![j]!;
        assert.ok(Math.abs(atY! - sign * y) < 1e-5);
        assert.ok(Math.abs(atX! - sign * x) < 1e-5);
      }
    }
  }
});
