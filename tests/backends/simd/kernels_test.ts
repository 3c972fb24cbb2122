import assert from "node:assert/strict";
import { loadKernels } from "../../../src/backends/simd/kernels.ts";
import { setWasmModules } from "../../../src/runtime/wasm_modules.ts";
import { wasmModule } from "../../wasm_module.ts";

Deno.test("kernels warm up where the clock stands still while they run", async () => {
  setWasmModules({ plain: await wasmModule("plain") });
  const { now } = performance;
  performance.now = () => 0;
  try {
    const { build } = await loadKernels(false);
    assert.equal(build, "plain");
  } finally {
    performance.now = now;
    setWasmModules({ plain: undefined });
  }
});
