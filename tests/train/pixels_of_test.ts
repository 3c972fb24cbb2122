import assert from "node:assert/strict";
import { pixelsOf } from "../../src/train/pixels_of.ts";

const PHOTO = new URL("../../examples/photos/dandelion.jpg", import.meta.url);

Deno.test("pixelsOf() decodes bytes and blobs alike, and takes pixels as they are", async () => {
  const bytes = await Deno.readFile(PHOTO);
  const pixels = await pixelsOf(bytes);
  assert.equal(pixels.data.length, pixels.width * pixels.height * 4);
  assert.deepEqual(await pixelsOf(new Blob([bytes])), pixels);
  assert.equal(await pixelsOf(pixels), pixels);
});
