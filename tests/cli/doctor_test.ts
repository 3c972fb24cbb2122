import assert from "node:assert/strict";
import { run } from "./in_process.ts";
import { testOnce as test } from "./program.ts";
import { totem } from "./totem.ts";

Deno.test("totem doctor shows each backend and what auto takes", async () => {
  const { code, stdout } = await totem(["doctor"]);
  assert.equal(code, 0);
  assert.match(stdout, /^runtime +(Deno|Node|Bun) \d/m);
  assert.match(stdout, /^WebAssembly +SIMD yes/m);
  assert.match(stdout, /^webgpu int8 /m);
  assert.match(stdout, /^webgpu f32 /m);
  assert.match(stdout, /^wasm f32 +tfjs .* up to \d+ MiB$/m);
  assert.match(stdout, /^wasm int8 +(relaxed )?SIMD, .*, up to \d+ MiB$/m);
  assert.match(stdout, /^auto +wasm int8$/m);
});

test("totem doctor --wide-vectors says whether they are used, and why not", async () => {
  const { code, stdout } = await run(["doctor", "--wide-vectors"]);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^wasm int8 .*(SIMD, 256-bit vectors,|no 256-bit vectors: \w+)/m,
  );
});

test("totem doctor --json gives the same as an object", async () => {
  const { stdout } = await run(["doctor", "--json"]);
  const { backends, auto, wasm } = JSON.parse(stdout);
  assert.equal(wasm.simd, true);
  const taken = backends.find((it: { refusal: unknown }) =>
    it.refusal === null
  );
  assert.equal(auto, `${taken.device} ${taken.precision}`);
  const bits = /(\d)-bit activations/.exec(backends[0].detail);
  assert.equal(backends[0].activationBits, Number(bits![1]));
  for (const { refusal } of backends) {
    assert.ok(refusal === null || refusal.length > 0);
  }
});
