import assert from "node:assert/strict";
import { tf } from "../tfjs.ts";
import { loadTfjs } from "../../src/backends/tfjs/load_tfjs.ts";
import { batchesOf, imageBatch } from "../../src/train/image_batch.ts";

Deno.test("batchesOf() gives all items once, in batches of nearly one size", () => {
  const items = Array.from({ length: 11 }, (_, i) => i);
  for (const most of [1, 2, 3, 4, 5, 10, 11, 50]) {
    const batches = batchesOf(items, most);
    assert.deepEqual(batches.flat(), items);
    const sizes = batches.map((it) => it.length);
    assert.ok(Math.max(...sizes) <= most);
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `${sizes}`);
  }
});

Deno.test("imageBatch() puts images into one tensor, in the network's values", async () => {
  await (await loadTfjs("wasm")).setBackend("wasm");
  const batch = imageBatch(
    tf,
    [Uint8Array.of(10, 20, 30, 255), Uint8Array.of(0, 100, 200, 0)],
    1,
    {
      crop: { kind: "squash" },
      resize: "antialiased",
      scale: [1, 0.5, 2],
      offset: [-1, 0, 5],
    },
  );
  assert.deepEqual(batch.shape, [2, 1, 1, 3]);
  assert.deepEqual([...batch.dataSync()], [9, 10, 65, -1, 50, 405]);
  batch.dispose();
});
