import assert from "node:assert/strict";
import { tf } from "../tfjs.ts";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { loadTfjsWasm } from "../../src/backends/tfjs/wasm.ts";
import { type Grid, gridOf } from "../../src/model/grid.ts";
import { inceptionV3 } from "../../src/model/mod.ts";
import { onGrid } from "../../src/train/on_grid.ts";

await loadTfjsWasm();
await tf.setBackend("wasm");

const END = "MaxPool_5a_3x3";
Deno.test("onGrid() reads each pixel at its place, of each image", () => {
  const from = gridOf(inceptionV3(), END);
  const to = gridOf(inceptionV3({ variant: "low79" }), END);
  const places = ({ side, columns, first, step }: Grid) =>
    Array.from({ length: columns }, (_, i) => (first + i * step) / side);
  // An image whose values say where they lie, and one of other values.
  const values = [1, -2].map((sign) =>
    places(from).map((y) => places(from).map((x) => [sign * y, sign * x]))
  );
  const found = tf.tidy(() => {
    const images: Tensor4D = tf.tensor4d(values);
    return (onGrid(tf, images, from, to) as Tensor4D).arraySync();
  });
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
