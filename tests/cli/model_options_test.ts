import assert from "node:assert/strict";
import { run } from "./in_process.ts";
import { PHOTOS } from "./totem.ts";

Deno.test("totem announces and requests no model where the chosen backend doesn't run", async () => {
  let requests = 0;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => {
      requests++;
      return new Response(null, { status: 404 });
    },
  );
  const model = `http://127.0.0.1:${server.addr.port}/model.h5`;
  const args = ["classify", "--model", model, PHOTOS];
  using _ = withoutWebgpu();
  const { code, stderr } = await run([...args, "--backend", "webgpu"]);
  assert.match(stderr, /^error .*Cannot run the network here:/);
  assert.match(stderr, /webgpu f32: this runtime has no WebGPU/);
  assert.doesNotMatch(stderr, /Downloading/);
  assert.equal(code, 1);
  assert.equal(requests, 0);
  const wasm = await run([...args, "--backend", "wasm"]);
  assert.match(wasm.stderr, /^Downloading /);
  assert.ok(requests > 0);
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
