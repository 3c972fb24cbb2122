import assert from "node:assert/strict";
import { wasmFeatures } from "../../src/backends/wasm_features.ts";
import { compileKernels } from "../../tools/build.ts";
import { firstRight, type SearchKernels } from "../../src/search/kernels.ts";
import { randomNumbers } from "../random.ts";
import { PLACEHOLDER, withNumber } from "../wasm_placeholder.ts";
import { filled } from "../filled.ts";

const FOUND = 0, SCALES = 2048, QUERY = 3072, VECTORS = 8192;

for (const build of ["search_relaxed", "search_plain"]) {
  const ignore = build === "search_relaxed" && !wasmFeatures().relaxedSimd;

  Deno.test({
    name: `scan() of ${build} finds what is more than the least, at any width`,
    ignore,
    fn() {
      const { memory, kernels } = instantiate(build);
      const random = randomNumbers(3);
      for (const width of [1, 15, 16, 63, 64, 65, 130, 2048]) {
        for (const draw of [() => 127, () => Math.floor(random() * 128)]) {
          const count = 5;
          const query = filled(Uint8Array, width, draw);
          const vectors = filled(Uint8Array, width * count, draw);
          const scales = filled(Float32Array, count, random);
          const scores = Array.from(scales, (scale, row) => {
            let dot = 0;
            query.forEach((it, i) => dot += it * vectors[row * width + i]!);
            return Math.fround(Math.fround(dot) * scale);
          });
          memory.fill(255); // Bytes beyond the end aren't read.
          memory.set(query, QUERY);
          memory.set(vectors, VECTORS);
          memory.set(new Uint8Array(scales.buffer), SCALES);
          for (const least of [-Infinity, ...scores, Infinity]) {
            memory.fill(255, FOUND, SCALES);
            const found = kernels.scan(
              QUERY,
              VECTORS,
              SCALES,
              width,
              count,
              least,
              FOUND,
            );
            const rows = new Uint32Array(memory.buffer, FOUND, 2 * found);
            const values = new Float32Array(memory.buffer, FOUND, 2 * found);
            assert.deepEqual(
              Array.from(
                { length: found },
                (_, i) => [rows[2 * i], values[2 * i + 1]],
              ),
              [...scores.entries()].filter(([, score]) => score > least),
              `width ${width}`,
            );
            assert.equal(memory[FOUND + 8 * found], 255);
          }
        }
      }
    },
  });

  Deno.test({
    name: `scan() of ${build} doesn't overflow at the most features`,
    ignore,
    fn() {
      const { memory, kernels } = instantiate(build);
      memory.fill(127);
      new Float32Array(memory.buffer)[SCALES / 4] = 1;
      const width = 2 ** 16;
      kernels.scan(QUERY, VECTORS, SCALES, width, 1, 0, FOUND);
      const [, score] = new Float32Array(memory.buffer);
      assert.equal(score, Math.fround(width * 127 * 127));
    },
  });

  Deno.test({
    name: `hasHighBits() of ${build} finds a byte above 127 at any place`,
    ignore,
    fn() {
      const { memory, kernels } = instantiate(build);
      for (const length of [0, 1, 16, 37]) {
        memory.fill(255);
        memory.fill(127, VECTORS, VECTORS + length);
        assert.equal(kernels.hasHighBits(VECTORS, length), 0);
        for (let at = 0; at < length; at++) {
          memory[VECTORS + at] = 128;
          assert.equal(kernels.hasHighBits(VECTORS, length), 1, `${at}`);
          memory[VECTORS + at] = 127;
        }
      }
    },
  });
}

function instantiate(build: string) {
  const path = new URL(
    `../../src/search/modules/${build}.wasm`,
    import.meta.url,
  );
  const module = new WebAssembly.Module(Deno.readFileSync(path));
  const memory = new WebAssembly.Memory({ initial: 2 });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return {
    memory: new Uint8Array(memory.buffer),
    kernels: exports as unknown as SearchKernels,
  };
}

/**
 * Kernels of faulty engines that lose sums from the `calls`th dot product on. They are
 * compiled once, with a placeholder for this number.
 */
async function wrongBuilds(
  ...calls: readonly number[]
): Promise<readonly WebAssembly.Module[]> {
  const source = `
let calls: u32 = 0;
let least: u32 = ${PLACEHOLDER};

@inline
export function multiplyAdd(a: v128, b: v128, sums: v128): v128 {
  const products = i32x4.add(
    i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(a), i16x8.extend_low_i8x16_s(b)),
    i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(a), i16x8.extend_high_i8x16_s(b)),
  );
  return ++calls < least ? i32x4.add(sums, products) : products;
}
`;
  const sources = new Map([["multiply_add.ts", source]]);
  const bytes = await compileKernels("search_relaxed", sources, "-O0");
  return await Promise.all(
    calls.map((it) => WebAssembly.compile(withNumber(bytes, it))),
  );
}

Deno.test("kernels that lose sums aren't taken, also if it is later", async () => {
  const [right, late, wrong] = await wrongBuilds(2 ** 31 - 1, 1000, 0);
  const take = (relaxed: WebAssembly.Module, plain: WebAssembly.Module) =>
    firstRight((build) =>
      Promise.resolve(build === "search_relaxed" ? relaxed : plain)
    );
  if (wasmFeatures().relaxedSimd) {
    assert.equal(await take(right!, wrong!), right);
    assert.equal(await take(late!, right!), right);
  }
  assert.equal(await take(wrong!, right!), right);
  await assert.rejects(take(wrong!, late!), {
    name: "BackendUnavailableError",
    message: "Cannot search as this runtime computes the kernels wrongly",
  });
});
