import assert from "node:assert/strict";
import { assertSameBytes, BUILDS, kernelsOf } from "./kernels.ts";

Deno.test("probe() finds that kernels without relaxed SIMD read codes as unsigned", () => {
  for (const build of ["plain", "plain_threads"] as const) {
    assert.equal(kernelsOf(build).exports.probe(64), 0);
  }
});

Deno.test("probe() finds one of three ways to read codes, always the same", () => {
  const { exports } = kernelsOf("relaxed");
  const how = exports.probe(64);
  assert.ok([0, 1, 2].includes(how), `It finds ${how}`);
  for (let run = 0; run < 100; run++) assert.equal(exports.probe(64), how);
  assert.equal(kernelsOf("relaxed_threads").exports.probe(64), how);
});

Deno.test("probe() writes 32 bytes", () => {
  for (const build of BUILDS) {
    const { memory, exports } = kernelsOf(build);
    memory.fill(0xaa);
    exports.probe(64);
    memory.fill(0xaa, 64, 64 + 32);
    assertSameBytes(memory, new Uint8Array(memory.length).fill(0xaa));
  }
});
