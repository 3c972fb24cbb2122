import fc from "npm:fast-check@4.10.2";
import { randomNumbers } from "../../../random.ts";
import { BUILDS, kernelsOf, prepare } from "./kernels.ts";
import { dense } from "./reference.ts";
import { filled } from "../../../filled.ts";

Deno.test("dense() equals the reference, in the order of its additions", () => {
  const cases = fc.record({
    build: fc.constantFrom(...BUILDS),
    inputs: fc.integer({ min: 1, max: 100 }),
    units: fc.integer({ min: 1, max: 20 }),
    taskUnits: fc.integer({ min: 1, max: 21 }),
    // The spread of the inputs' exponents: the larger it is, the more the order of
    // additions matters.
    decades: fc.constantFrom(0, 3, 30),
    relu: fc.boolean(),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(cases, (it) => {
      const { inputs, units, taskUnits, decades, relu } = it;
      const random = randomNumbers(it.seed);
      const value = () => (2 * random() - 1) * 10 ** (decades * random());
      const input = filled(Float32Array, inputs, value);
      const weights = filled(
        Int8Array,
        units * inputs,
        () => 127 * Math.max(-1, Math.min(1, 3 * random() - 1.5)),
      );
      const scale = filled(Float32Array, units, random);
      const bias = filled(Float32Array, units, value);
      const padded = new Float32Array(Math.ceil(inputs / 16) * 16);
      padded.set(input);

      const bench = prepare(kernelsOf(it.build));
      const weightsAt = bench.put(weights);
      const output = bench.claim(units * 4);
      bench.run("dense", Math.ceil(units / taskUnits), {
        input: bench.put(padded),
        inputs,
        weights: weightsAt,
        scale: bench.put(scale),
        bias: bench.put(bias),
        output,
        units,
        taskUnits,
        relu: Number(relu),
      }, (memory) => {
        const expected = dense(input, weights, scale, bias, relu);
        memory.set(new Uint8Array(expected.buffer), output);
      });
    }),
    { numRuns: 200 },
  );
});
