import assert from "node:assert/strict";
import { madeUpFeatures, madeUpIndex } from "./made_up_index.ts";

const { validate, compile } = WebAssembly;

Deno.test("An index says that it needs SIMD, and bytes to be compiled", async () => {
  try {
    WebAssembly.validate = () => false;
    await assert.rejects(madeUpIndex([], 64), {
      name: "BackendUnavailableError",
      message: /no WebAssembly SIMD/,
    });
    WebAssembly.validate = validate;
    WebAssembly.compile = () => Promise.reject(new Error("not here"));
    await assert.rejects(madeUpIndex([], 64), {
      name: "BackendUnavailableError",
      message: /setWasmModules\({ search_relaxed }\)/,
    });
  } finally {
    Object.assign(WebAssembly, { validate, compile });
  }
});

Deno.test("An index does without relaxed SIMD", async () => {
  const features = madeUpFeatures(50, 200);
  const asked: BufferSource[] = [];
  try {
    // The first check is for SIMD.
    WebAssembly.validate = (bytes) => asked.push(bytes) === 1;
    const index = await madeUpIndex(features, 200);
    assert.ok(asked.length >= 2);
    const [best] = index.nearest(features[3]!);
    assert.equal(best!.name, "3.jpg");
  } finally {
    WebAssembly.validate = validate;
  }
});
