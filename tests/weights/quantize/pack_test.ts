import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import {
  type ConvExtents,
  forEachPacked,
  packedShape,
} from "../../../src/weights/quantize/pack.ts";

const extents = fc.record({
  kernelHeight: fc.integer({ min: 1, max: 7 }),
  kernelWidth: fc.integer({ min: 1, max: 7 }),
  inputs: fc.integer({ min: 1, max: 9 }),
  outputs: fc.integer({ min: 1, max: 17 }),
});

Deno.test("packedShape() pads output channels to 8 and input channels to 4", () => {
  const stem = { kernelHeight: 3, kernelWidth: 2, inputs: 3, outputs: 9 };
  assert.deepEqual(packedShape(stem), [2, 3, 2, 8, 4]);
  const full = { kernelHeight: 1, kernelWidth: 7, inputs: 8, outputs: 16 };
  assert.deepEqual(packedShape(full), [2, 1, 14, 8, 4]);
});

Deno.test("forEachPacked() puts weights in [O/8, KH, KW*C/4, 8, 4] and zeros between", () => {
  fc.assert(fc.property(extents, (extents) => {
    const kernel = Float64Array.from(
      { length: plainLength(extents) },
      (_, i) => i + 1,
    );
    const found = new Float64Array(packedLength(extents));
    forEachPacked(extents, (plain, packed) => {
      found[packed] = kernel[plain]!;
    });
    assert.deepEqual(found, packScalar(kernel, extents));
  }));
});

Deno.test("forEachPacked() visits every weight once, each at its own place", () => {
  fc.assert(fc.property(extents, (extents) => {
    const plains = new Set<number>();
    const places = new Set<number>();
    let visits = 0;
    forEachPacked(extents, (plain, packed) => {
      visits++;
      plains.add(plain);
      places.add(packed);
    });
    const length = plainLength(extents);
    assert.deepEqual([visits, plains.size, places.size], [
      length,
      length,
      length,
    ]);
    for (
      const [set, end] of [[plains, length], [
        places,
        packedLength(extents),
      ]] as const
    ) {
      for (const it of set) assert.ok(it >= 0 && it < end);
    }
  }));
});

Deno.test("forEachPacked() tells the input and output channel of a weight", () => {
  fc.assert(fc.property(extents, (extents) => {
    const { inputs, outputs } = extents;
    forEachPacked(extents, (plain, _, input, output) => {
      assert.equal(output, plain % outputs);
      assert.equal(input, Math.floor(plain / outputs) % inputs);
    });
  }));
});

/** The packed order, computed from the positions in the packed tensor. */
function packScalar(kernel: Float64Array, extents: ConvExtents): Float64Array {
  const { kernelWidth, inputs, outputs } = extents;
  const [blocks, rows, groups] = packedShape(extents);
  const padded = groups * 4 / kernelWidth;
  const packed: number[] = [];
  for (let block = 0; block < blocks; block++) {
    for (let row = 0; row < rows; row++) {
      for (let group = 0; group < groups; group++) {
        for (let i = 0; i < 32; i++) {
          const output = block * 8 + Math.floor(i / 4);
          const [column, input] = divide(group * 4 + i % 4, padded);
          const tap = row * kernelWidth + column;
          const inside = input < inputs && output < outputs;
          packed.push(
            inside ? kernel[(tap * inputs + input) * outputs + output]! : 0,
          );
        }
      }
    }
  }
  return Float64Array.from(packed);
}

function divide(a: number, b: number): [quotient: number, rest: number] {
  return [Math.floor(a / b), a % b];
}

function plainLength(
  { kernelHeight, kernelWidth, inputs, outputs }: ConvExtents,
): number {
  return kernelHeight * kernelWidth * inputs * outputs;
}

function packedLength(extents: ConvExtents): number {
  return packedShape(extents).reduce((a, b) => a * b);
}
