import fc from "npm:fast-check@4.10.2";
import { align } from "../../../../src/backends/int8/arena.ts";
import { randomNumbers } from "../../../random.ts";
import {
  claimSlice,
  frameOf,
  paddingOf,
  putCodes,
  sides,
  signMasks,
  slideOver,
  surroundings,
  windowFields,
  writeCodes,
} from "./activations.ts";
import { BUILDS, kernelsOf, prepare } from "./kernels.ts";
import { averagePool } from "./reference.ts";
import { filled } from "../../../filled.ts";

const cases = fc.record({
  build: fc.constantFrom(...BUILDS),
  size: fc.integer({ min: 1, max: 6 }),
  stride: fc.integer({ min: 1, max: 4 }),
  padding: fc.constantFrom("valid" as const, "same" as const),
  countIncludePad: fc.boolean(),
  sides: sides(9),
  channels: fc.integer({ min: 1, max: 40 }),
  taskRows: fc.integer({ min: 1, max: 10 }),
  aroundInput: surroundings,
  aroundOutput: surroundings,
  least: fc.constantFrom(0, 127, 255),
  // From values that make all codes 0 to values that overflow f32.
  multiplier: fc.constantFrom(1e-40, 0.5, 1, 2, 1e38),
  qmax: fc.constantFrom(127, 255),
  signMask: signMasks,
  seed: fc.nat(),
});

/** The subset of {@linkcode cases} that the wide kernel supports. */
const wideCases = fc.tuple(cases, fc.integer({ min: 1, max: 3 })).map((
  [it, vectors],
) => ({
  ...it,
  build: it.build.startsWith("plain") ? "relaxed" as const : it.build,
  size: 3,
  stride: 1,
  channels: 16 * vectors,
  signMask: 0 as const,
}));

type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

Deno.test("averagePool() equals the reference", () => {
  fc.assert(fc.property(cases, (it) => check(it)), { numRuns: 200 });
});

Deno.test("averagePoolWide() equals the reference", () => {
  fc.assert(
    fc.property(wideCases, (it) => check(it, "averagePoolWide")),
    { numRuns: 100 },
  );
});

Deno.test("averagePool() keeps the sums of 16 x 16 of the largest codes", () => {
  for (const build of BUILDS) {
    for (const stride of [1, 3]) {
      check({
        build,
        size: 16,
        stride,
        padding: "same",
        countIncludePad: false,
        sides: [21, 19],
        channels: 17,
        taskRows: 4,
        aroundInput: { frameY: 0, frameX: 1, before: 3, after: 0 },
        aroundOutput: { frameY: 0, frameX: 0, before: 1, after: 2 },
        least: 255,
        multiplier: 1,
        qmax: 255,
        signMask: 0,
        seed: 1,
      });
    }
  }
});

function check(
  it: Case,
  kind: "averagePool" | "averagePoolWide" = "averagePool",
) {
  const { size, channels, least, qmax, signMask } = it;
  const random = randomNumbers(it.seed);
  const kernel = [size, size] as const;
  const shapes = slideOver(it.sides, channels, kernel, it);
  const [height, width] = shapes.output;
  const [inputHeight, inputWidth] = shapes.input;
  const codes = {
    shape: shapes.input,
    values: filled(
      Uint8Array,
      inputHeight * inputWidth * channels,
      () => least + random() * (256 - least),
    ),
  };
  const multipliers = new Float32Array(align(4 * channels) / 4);
  for (let i = 0; i < channels; i++) {
    // Some are exact, so that means fall halfway between two codes.
    multipliers[i] = it.multiplier * (i % 2 === 0 ? 1 : 0.5 + random());
  }

  const bench = prepare(kernelsOf(it.build));
  const frame = frameOf(shapes.input, kernel, it);
  const input = putCodes(bench, codes, {
    ...it.aroundInput,
    frameY: frame.frameY + it.aroundInput.frameY,
    frameX: frame.frameX + it.aroundInput.frameX,
  }, signMask);
  const output = claimSlice(bench, shapes.output, it.aroundOutput);
  const taskRows = Math.min(height, it.taskRows);
  const [paddingY, paddingX] = paddingOf(shapes.input, kernel, it);
  bench.run(kind, Math.ceil(height / taskRows), {
    ...windowFields(input, output, kernel, it),
    inputPixel: input.buffer.pixelBytes,
    size,
    width,
    height,
    taskRows,
    channels,
    signMask,
    multipliers: bench.put(multipliers),
    stride: it.stride,
    paddingX,
    paddingY,
    inputWidth,
    inputHeight,
    countIncludePad: Number(it.countIncludePad),
    qmax,
  }, (memory) => {
    const expected = averagePool(
      codes,
      shapes.output,
      size,
      it,
      it.countIncludePad,
      multipliers,
      qmax,
    );
    writeCodes(memory, output, expected, signMask);
  }, kind === "averagePoolWide" ? 4 * 64 : 0);
}
