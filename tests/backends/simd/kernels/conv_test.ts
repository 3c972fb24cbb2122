import fc from "npm:fast-check@4.10.2";
import type { ConvKind } from "../../../../src/backends/simd/kernel_config.ts";
import { checkConv, convCases } from "./conv_cases.ts";
import { type Build, BUILDS, kernelsOf, type WideName } from "./kernels.ts";

const RELAXED = ["relaxed", "relaxed_threads"] as const;

const SMALL = {
  kernel: [1, 1],
  stride: 1,
  padding: "valid",
  inputs: 3,
  outputs: 9,
  taskPixels: Infinity,
  taskPanels: 2,
  around: { frameY: 1, frameX: 1, before: 0, after: 3 },
  codes: "any",
  weights: "any",
  rescaling: "within",
  qmax: 255,
  signMask: 0,
  seed: 1,
} as const;

Deno.test("convPlain() equals the reference for codes of 0..255", () => {
  check("convPlain", BUILDS, 255);
});

Deno.test("convI32() equals the reference for codes of 0..127", () => {
  check("convI32", RELAXED, 127);
});

Deno.test("convI16() equals the reference for codes of 0..127", () => {
  check("convI16", RELAXED, 127);
});

for (const name of ["convWideI32", "convWideI16"] as const) {
  Deno.test(`${name}() equals the reference for codes of 0..127`, () => {
    check("convWide", RELAXED, 127, false, name);
  });
}

Deno.test("convI32() and convWideI32() equal the reference for codes of 0..255, read as probe() finds", () => {
  const how = kernelsOf("relaxed").exports.probe(64);
  if (how === 2) return; // Only 0..127 is portable.
  check("convI32", RELAXED, 255, how === 1);
  check("convWide", RELAXED, 255, how === 1);
});

Deno.test("Convolutions fill blocks of the most pixels, of any width", () => {
  for (const [width, height] of [[384, 1], [767, 1], [1, 769], [35, 35]]) {
    const sides = [height!, width!] as [number, number];
    for (
      const kind of ["convPlain", "convI32", "convI16", "convWide"] as const
    ) {
      checkConv(kernelsOf("relaxed"), kind, { ...SMALL, sides }, 127);
    }
  }
});

Deno.test("Convolutions keep sums of as many products as Inception-v3 has", () => {
  // Mixed_7b/branch3x3dbl_2 sums 9 x 448 products, the most of any layer.
  const deep = {
    ...SMALL,
    kernel: [3, 3] as const,
    sides: [3, 3] as [number, number],
    inputs: 448,
    outputs: 8,
    codes: "most",
  } as const;
  for (const weights of ["least", "most", "ends"] as const) {
    const it = { ...deep, weights };
    checkConv(kernelsOf("plain"), "convPlain", it, 255);
    checkConv(kernelsOf("relaxed"), "convI32", it, 127);
    checkConv(kernelsOf("relaxed"), "convI16", it, 127);
    checkConv(kernelsOf("relaxed"), "convWide", it, 127);
  }
});

function check(
  kind: ConvKind | "convWide",
  builds: readonly Build[],
  largest: 127 | 255,
  signed = false,
  wide?: WideName,
) {
  fc.assert(
    fc.property(fc.constantFrom(...builds), convCases, (build, it) => {
      checkConv(kernelsOf(build, wide), kind, it, largest, signed);
    }),
    { numRuns: 150 },
  );
}
