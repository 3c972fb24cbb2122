import assert from "node:assert/strict";
import { wasmFeatures } from "../../src/backends/wasm_features.ts";
import type { SearchKernels } from "../../src/search/kernels.ts";
import { randomNumbers } from "../random.ts";

const DOTS = 0, QUERY = 1024, VECTORS = 8192;

for (const build of ["search_relaxed", "search_plain"]) {
  const ignore = build === "search_relaxed" && !wasmFeatures().relaxedSimd;

  Deno.test({
    name: `scan() of ${build} is the sum of products, whatever the width`,
    ignore,
    fn() {
      const { memory, kernels } = instantiate(build);
      const random = randomNumbers(3);
      for (const width of [1, 15, 16, 63, 64, 65, 130, 2048]) {
        for (const draw of [() => 127, () => Math.floor(random() * 128)]) {
          const count = 5;
          const query = Uint8Array.from({ length: width }, draw);
          const vectors = Uint8Array.from({ length: width * count }, draw);
          memory.fill(255); // What lies behind isn't read.
          memory.set(query, QUERY);
          memory.set(vectors, VECTORS);
          kernels.scan(QUERY, VECTORS, width, count, DOTS);
          const expected = Array.from(
            { length: count },
            (_, row) =>
              query.reduce(
                (sum, it, i) => sum + it * vectors[row * width + i]!,
                0,
              ),
          );
          const dots = new Int32Array(memory.buffer, DOTS, count);
          assert.deepEqual([...dots], expected, `width ${width}`);
          assert.equal(memory[DOTS + count * 4], 255);
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
      kernels.scan(QUERY, VECTORS, 2 ** 16, 1, DOTS);
      const [dot] = new Int32Array(memory.buffer, DOTS, 1);
      assert.equal(dot, 2 ** 16 * 127 * 127);
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
