import assert from "node:assert/strict";
import { multiply, transpose } from "../../src/train/matrix.ts";
import { randomNumbers } from "../random.ts";
import { filled } from "../filled.ts";

const random = randomNumbers(3);
const made = (length: number) =>
  filled(Float32Array, length, () => random() - 0.5);

Deno.test("multiply() is a * transpose(b), whatever is left over by its tiles", () => {
  for (const rows of [1, 3, 4, 9]) {
    for (const columns of [1, 2, 5]) {
      for (const inner of [1, 7]) {
        const [a, b] = [made(rows * inner), made(columns * inner)];
        const product = made(rows * columns);
        multiply(a, b, inner, product);
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            let sum = 0;
            for (let k = 0; k < inner; k++) {
              sum += a[row * inner + k]! * b[column * inner + k]!;
            }
            const found = product[row * columns + column];
            assert.equal(
              found,
              Math.fround(sum),
              `${rows} ${columns} ${inner}`,
            );
          }
        }
      }
    }
  }
});

Deno.test("transpose() changes rows and columns over", () => {
  assert.deepEqual(
    [...transpose(Float32Array.of(1, 2, 3, 4, 5, 6), 3)],
    [1, 4, 2, 5, 3, 6],
  );
});
