/**
 * The engine gives the same bytes however it computes, on the real network at full
 * size; `tests/backends/simd/wasm_int8_test.ts` has more ways for a narrow one.
 */
import assert from "node:assert/strict";
import { wasmInt8 } from "../../src/backends/simd/wasm_int8.ts";
import { inceptionV3 } from "../../src/model/mod.ts";
import { loadQuantized } from "../../src/weights/mod.ts";
import { noise } from "../random.ts";

const PLAIN = new URL(
  "../../src/backends/simd/modules/plain.wasm",
  import.meta.url,
);

const network = await loadQuantized("nsfw");

for (const activationBits of [7, 8] as const) {
  Deno.test(`nsfw gives the same bytes with every build and number of threads, ${activationBits} bits`, async () => {
    const graph = inceptionV3(network.architecture);
    const plain = await WebAssembly.compile(await Deno.readFile(PLAIN));
    const pixels = noise(299);
    const answers = [];
    for (
      const request of [
        {},
        { kernels: { plain } },
        { threads: 2 },
        { threads: 3 },
        { threads: 2, parallel: "images" },
      ] as const
    ) {
      using session = await wasmInt8({ ...request, activationBits })
        .open(network, graph);
      answers.push([
        ...await session.run(pixels, "features"),
        ...await session.run(pixels, "probabilities"),
      ]);
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
  });
}
