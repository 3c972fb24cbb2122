import assert from "node:assert/strict";
import { wasmFeatures } from "../../src/backends/mod.ts";

Deno.test("wasmFeatures() finds what this runtime is known to have", () => {
  assert.deepEqual(wasmFeatures(), {
    simd: true,
    relaxedSimd: true,
    threads: true,
  });
});

Deno.test("wasmFeatures() finds nothing where modules aren't valid", () => {
  const { validate } = WebAssembly;
  try {
    WebAssembly.validate = () => false;
    assert.deepEqual(wasmFeatures(), {
      simd: false,
      relaxedSimd: false,
      threads: false,
    });
  } finally {
    WebAssembly.validate = validate;
  }
});
