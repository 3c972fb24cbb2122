import assert from "node:assert/strict";
import { decodeImage } from "../../../src/image/mod.ts";
import { fixture } from "../fixtures.ts";

const BYTES = fixture("heif/phone.heic");

/** The start of an IDR picture in the second tile's HEVC unit. */
const TILE = (() => {
  const isStart = (i: number) =>
    BYTES[i] === 40 && BYTES[i + 1] === 1 && BYTES[i + 2] === 175;
  const starts = [...BYTES.keys()].filter(isStart);
  assert.ok(starts.length >= 4);
  return starts[1]!;
})();

/** The file with changed bytes in the second tile. */
function changed(at: number, bytes: ArrayLike<number>): Uint8Array {
  const copy = BYTES.slice();
  copy.set(bytes, TILE + at);
  return copy;
}

Deno.test("decodeImage() refuses a HEIC whose data has zeros instead of pixels", async () => {
  for (const at of [20, 500, 1500]) {
    for (const count of [4, 400]) {
      await assert.rejects(decodeImage(changed(at, new Uint8Array(count))), {
        name: "CorruptImageError",
        message: "Cannot decode the HEIC as the data of item 3 are damaged",
        format: "heic",
      });
    }
  }
});

Deno.test("decodeImage() refuses a HEIC of which a tile can't be decoded", async () => {
  // The unit's type, and the slice's header.
  for (const [at, value] of [[0, 1], [0, 66], [1, 66], [2, 66]] as const) {
    await assert.rejects(decodeImage(changed(at, [value])), {
      name: "CorruptImageError",
      message: "Cannot decode the HEIC as its data is damaged",
    });
  }
});

Deno.test("decodeImage() refuses a HEIC whose units don't fit their data", async () => {
  for (const length of [[0, 0, 9, 14], [0, 0, 9, 12], [0, 0, 0, 0]]) {
    await assert.rejects(decodeImage(changed(-4, length)), {
      name: "CorruptImageError",
      message: /the data of item 3 are damaged$/,
    });
  }
  await assert.rejects(decodeImage(changed(0, [128 | 40])), {
    message: /the data of item 3 are damaged$/,
  });
});
