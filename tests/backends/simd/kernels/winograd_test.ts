import fc from "npm:fast-check@4.10.2";
import { checkConv, type ConvCase, convCases } from "./conv_cases.ts";
import { BUILDS, kernelsOf } from "./kernels.ts";

const KERNEL = { kernel: [3, 3], stride: 1 } as const;

const CASES = fc.tuple(
  convCases,
  fc.integer({ min: 1, max: 5 }),
  fc.tuple(fc.integer({ min: 4, max: 11 }), fc.integer({ min: 4, max: 11 })),
).map(([it, groups, sides]): ConvCase => ({
  ...it,
  ...KERNEL,
  inputs: 8 * groups,
  // The sides of the output, also with padding "valid".
  sides: sides.map((side) => side + (it.padding === "valid" ? 2 : 0)) as [
    number,
    number,
  ],
}));

Deno.test("convWinograd() equals the reference for codes of 0..255", () => {
  fc.assert(
    fc.property(fc.constantFrom(...BUILDS), CASES, (build, it) => {
      checkConv(kernelsOf(build), "convWinograd", it, 255);
    }),
    { numRuns: 150 },
  );
});

const LINES = fc.tuple(
  convCases,
  fc.constantFrom([1, 7] as const, [7, 1] as const),
  fc.integer({ min: 1, max: 5 }),
  fc.tuple(fc.integer({ min: 3, max: 11 }), fc.integer({ min: 1, max: 11 })),
).map(([it, kernel, groups, [along, across]]): ConvCase => {
  const length = along + (it.padding === "valid" ? 6 : 0);
  return {
    ...it,
    kernel,
    stride: 1,
    inputs: 8 * groups,
    sides: kernel[0] === 1 ? [across, length] : [length, across],
  };
});

Deno.test("convWinogradLine() equals the reference for codes of 0..255", () => {
  fc.assert(
    fc.property(fc.constantFrom(...BUILDS), LINES, (build, it) => {
      checkConv(kernelsOf(build), "convWinogradLine", it, 255);
    }),
    { numRuns: 150 },
  );
});

const ONE_TILE = {
  ...KERNEL,
  padding: "valid",
  sides: [6, 6] as [number, number],
  inputs: 8,
  outputs: 16,
  taskPixels: Infinity,
  taskPanels: 2,
  around: { frameY: 0, frameX: 0, before: 0, after: 0 },
  codes: "any",
  weights: "any",
  rescaling: "within",
  qmax: 255,
  signMask: 0,
  seed: 1,
} as const;

// The weights of the transforms, for rows and for columns.
const INPUT_ROWS = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];
const WEIGHT_ROWS = [
  [6, 0, 0],
  [4, 4, 4],
  [4, -4, 4],
  [1, 2, 4],
  [1, -2, 4],
  [0, 0, 12],
];

Deno.test("convWinograd() is exact where a transformed value is the least or the most", () => {
  for (const [y, inputY] of INPUT_ROWS.entries()) {
    for (const [x, inputX] of INPUT_ROWS.entries()) {
      for (const sign of [1, -1]) {
        checkConv(kernelsOf("plain"), "convWinograd", ONE_TILE, 255, false, {
          codes(i) {
            const pixel = Math.floor(i / 8);
            const factor = inputY[Math.floor(pixel / 6)]! * inputX[pixel % 6]!;
            return sign * factor > 0 ? 255 : 0;
          },
          weights(i) {
            const tap = Math.floor(i / (8 * 16));
            const factor = WEIGHT_ROWS[y]![Math.floor(tap / 3)]! *
              WEIGHT_ROWS[x]![tap % 3]!;
            return 127 * Math.sign(factor) * (i % 2 ? 1 : -1);
          },
        });
      }
    }
  }
});

Deno.test("convWinograd() keeps the largest sums of 112 channels", () => {
  for (const weights of ["least", "most", "ends"] as const) {
    for (const inputs of [96, 112]) {
      const it = { ...ONE_TILE, inputs, codes: "most", weights } as const;
      checkConv(kernelsOf("plain"), "convWinograd", it, 255);
    }
  }
});

Deno.test("convWinogradLine() keeps the largest sums of 512 channels", () => {
  for (const weights of ["least", "most", "ends"] as const) {
    for (const codes of ["most", "ends"] as const) {
      const it = {
        ...ONE_TILE,
        kernel: [1, 7],
        sides: [1, 9] as [number, number],
        inputs: 512,
        outputs: 8,
        codes,
        weights,
      } as const;
      checkConv(kernelsOf("plain"), "convWinogradLine", it, 255);
    }
  }
});
