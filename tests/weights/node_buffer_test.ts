/** Files in Node are `Buffer`s, whose `slice()` returns a view of shared memory. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { importKerasH5, importTorchvision } from "../../src/weights/mod.ts";
import { readH5 } from "../keras_h5.ts";
import { makeStateDict, saveStateDict } from "../torchvision_model.ts";

/** A `Buffer` in a pooled memory, like Node's small files. */
function asBuffer(bytes: Uint8Array): Buffer {
  const shared = Buffer.alloc(bytes.length + 64, 1);
  shared.set(bytes, 32);
  return shared.subarray(32, 32 + bytes.length);
}

const { header, data } = await saveStateDict(makeStateDict());
const h5 = readH5("keras2_model");

for (
  const [name, read, bytes] of [
    ["importKerasH5()", (it: Uint8Array) => importKerasH5(it), h5],
    [
      "importTorchvision()",
      (it: Uint8Array) => importTorchvision(header, it),
      data,
    ],
  ] as const
) {
  Deno.test(`${name} reads a Buffer as it reads its bytes`, () => {
    const expected = read(bytes);
    const network = read(asBuffer(bytes));
    for (const layer of ["Conv2d_1a_3x3", "Mixed_7c/branch_pool", "Logits"]) {
      assert.deepEqual(network.weights(layer), expected.weights(layer));
    }
  });
}
