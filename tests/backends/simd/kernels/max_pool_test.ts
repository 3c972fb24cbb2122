import fc from "npm:fast-check@4.10.2";
import { randomNumbers } from "../../../random.ts";
import {
  claimSlice,
  frameOf,
  putCodes,
  sides,
  signMasks,
  slideOver,
  surroundings,
  windowFields,
  writeCodes,
} from "./activations.ts";
import { BUILDS, kernelsOf, prepare } from "./kernels.ts";
import { maxPool } from "./reference.ts";
import { filled } from "../../../filled.ts";

Deno.test("maxPool() equals the reference", () => {
  const cases = fc.record({
    build: fc.constantFrom(...BUILDS),
    size: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.constantFrom("valid" as const, "same" as const),
    sides: sides(9),
    channels: fc.integer({ min: 1, max: 40 }),
    taskRows: fc.integer({ min: 1, max: 10 }),
    aroundInput: surroundings,
    aroundOutput: surroundings,
    largest: fc.constantFrom(0, 1, 127, 255),
    signMask: signMasks,
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(cases, (it) => {
      const { size, channels, signMask } = it;
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
          () => random() * (it.largest + 1),
        ),
      };

      const bench = prepare(kernelsOf(it.build));
      const frame = frameOf(shapes.input, kernel, it);
      const input = putCodes(bench, codes, {
        ...it.aroundInput,
        frameY: frame.frameY + it.aroundInput.frameY,
        frameX: frame.frameX + it.aroundInput.frameX,
      }, signMask);
      const output = claimSlice(bench, shapes.output, it.aroundOutput);
      const taskRows = Math.min(height, it.taskRows);
      bench.run("maxPool", Math.ceil(height / taskRows), {
        ...windowFields(input, output, kernel, it),
        inputPixel: input.buffer.pixelBytes,
        size,
        width,
        height,
        taskRows,
        channels,
        signMask,
      }, (memory) => {
        const expected = maxPool(codes, shapes.output, size, it);
        writeCodes(memory, output, expected, signMask);
      });
    }),
    { numRuns: 200 },
  );
});
