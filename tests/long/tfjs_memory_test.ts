import assert from "node:assert/strict";
import { tf } from "../tfjs.ts";
import { tfjsWasm } from "../../src/backends/tfjs/tfjs_backends.ts";
import { inceptionV3 } from "../../src/model/mod.ts";
import { loadInstalledNsfw } from "../nsfw.ts";
import { noise } from "../random.ts";

const network = await loadInstalledNsfw();

Deno.test("tfjsWasm() stays within the memory that it promises", async () => {
  const graph = inceptionV3(network.architecture);
  const backend = tfjsWasm();
  using session = await backend.reserve(graph).open(network);
  await session.run(noise(299), "probabilities");
  await tf.setBackend("wasm");
  const { wasm } = tf.backend() as unknown as {
    readonly wasm: { readonly HEAPU8: Uint8Array };
  };
  const heap = wasm.HEAPU8.byteLength;
  const promised = await backend.memory(graph);
  assert.ok(heap <= promised, `${heap} bytes of ${promised}`);
  assert.ok(heap > promised / 2, "the promise is far above the need");
});
