/**
 * All of the engine's ways to compute give the same bytes, on the real network at full
 * size; `tests/backends/simd/wasm_int8_test.ts` tests more of them on a narrow one.
 */
import assert from "node:assert/strict";
import { wasmInt8 } from "../../../src/backends/simd/wasm_int8.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { noise } from "../../random.ts";
import { withPlainKernels } from "../../wasm_module.ts";
import { int8Nsfw } from "./models.ts";

for (const activationBits of [7, 8] as const) {
  Deno.test(`nsfw gives the same bytes with every build and number of threads, ${activationBits} bits`, async () => {
    const network = await int8Nsfw();
    const graph = inceptionV3(network.architecture);
    const pixels = noise(299);
    const answers: number[][] = [];
    for (
      const request of [
        {},
        { threads: 2 },
        { threads: 3 },
        { threads: 2, threading: "throughput" },
      ] as const
    ) {
      const answer = async () => {
        using session = await wasmInt8({ ...request, activationBits })
          .reserve(graph).open(network);
        answers.push([
          ...await session.run(pixels, "features"),
          ...await session.run(pixels, "probabilities"),
        ]);
      };
      await answer();
      await withPlainKernels(answer);
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
  });
}
