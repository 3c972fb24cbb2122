import assert from "node:assert/strict";
import { emptyServer } from "../empty_server.ts";
import { run } from "./in_process.ts";
import { PHOTOS } from "./totem.ts";

Deno.test("totem announces and requests no model where the chosen backend doesn't run", async () => {
  await using server = emptyServer();
  const model = `${server.address}model.h5`;
  const args = ["classify", "--model", model, PHOTOS];
  using _ = withoutWebgpu();
  const { code, stderr } = await run([...args, "--backend", "webgpu"]);
  assert.match(stderr, /^error .*Cannot run the network here:/);
  assert.match(stderr, /webgpu f32: this runtime has no WebGPU/);
  assert.doesNotMatch(stderr, /Downloading/);
  assert.equal(code, 1);
  assert.equal(server.requests, 0);
  const wasm = await run([...args, "--backend", "wasm"]);
  assert.match(wasm.stderr, /^Downloading /);
  assert.ok(server.requests > 0);
});

/** Hides WebGPU until disposed. */
function withoutWebgpu(): Disposable {
  Object.defineProperty(navigator, "gpu", {
    configurable: true,
    value: undefined,
  });
  return {
    [Symbol.dispose]() {
      delete (navigator as { gpu?: GPU }).gpu;
    },
  };
}
