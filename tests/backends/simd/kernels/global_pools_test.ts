import fc from "npm:fast-check@4.10.2";
import { align } from "../../../../src/backends/int8/arena.ts";
import { randomNumbers } from "../../../random.ts";
import {
  addressOf,
  putCodes,
  sides,
  signMasks,
  surroundings,
} from "./activations.ts";
import { BUILDS, kernelsOf, prepare } from "./kernels.ts";
import { flatten, globalAveragePool, globalMaxPool } from "./reference.ts";
import { filled } from "../../../filled.ts";

Deno.test("globalAveragePool() equals the reference, with zeros beyond the last channel", () => {
  check(
    "globalAveragePool",
    globalAveragePool,
    (channels) => align(4 * channels) / 4,
  );
});

Deno.test("globalMaxPool() equals the reference, and writes nothing else", () => {
  check("globalMaxPool", globalMaxPool, (channels) => channels);
});

Deno.test("flatten() equals the reference, and writes nothing else", () => {
  check("flatten", flatten, (channels, pixels) => channels * pixels);
});

/** @param valuesOf The number of values that the kernel writes. */
function check(
  kind: "globalAveragePool" | "globalMaxPool" | "flatten",
  reference: typeof globalAveragePool,
  valuesOf: (channels: number, pixels: number) => number,
) {
  const cases = fc.record({
    build: fc.constantFrom(...BUILDS),
    sides: sides(12),
    channels: fc.integer({ min: 1, max: 70 }),
    around: surroundings,
    least: fc.constantFrom(0, 127, 255),
    multiplier: fc.constantFrom(1e-40, 1 / 255, 1, 1e35),
    signMask: signMasks,
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(cases, (it) => {
      const { sides: [height, width], channels, least, signMask } = it;
      const random = randomNumbers(it.seed);
      const codes = {
        shape: [height, width, channels],
        values: filled(
          Uint8Array,
          height * width * channels,
          () => least + random() * (256 - least),
        ),
      } as const;
      const multipliers = new Float32Array(align(4 * channels) / 4);
      for (let i = 0; i < channels; i++) {
        multipliers[i] = it.multiplier * (0.5 + random());
      }

      const bench = prepare(kernelsOf(it.build));
      const input = putCodes(bench, codes, it.around, signMask);
      const values = valuesOf(channels, height * width);
      const output = bench.claim(4 * values);
      bench.run(kind, 1, {
        input: addressOf(input),
        inputPixel: input.buffer.pixelBytes,
        inputRow: input.buffer.rowBytes,
        width,
        height,
        channels,
        multipliers: bench.put(multipliers),
        output,
        signMask,
      }, (memory) => {
        const expected = new Float32Array(values);
        expected.set(reference(codes, multipliers.subarray(0, channels)));
        memory.set(new Uint8Array(expected.buffer), output);
      });
    }),
    { numRuns: 150 },
  );
}
