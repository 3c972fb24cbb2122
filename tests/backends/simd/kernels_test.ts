import assert from "node:assert/strict";
import { loadKernels } from "../../../src/backends/simd/kernels.ts";

const PLAIN = new URL(
  "../../../src/backends/simd/modules/plain.wasm",
  import.meta.url,
);

Deno.test("kernels warm up where the clock stands still while they run", async () => {
  const plain = await WebAssembly.compile(await Deno.readFile(PLAIN));
  const { now } = performance;
  performance.now = () => 0;
  try {
    const { build } = await loadKernels(false, { plain });
    assert.equal(build, "plain");
  } finally {
    performance.now = now;
  }
});
