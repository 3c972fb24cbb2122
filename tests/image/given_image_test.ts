import assert from "node:assert/strict";
import {
  type GivenImage,
  isGiven,
  readGiven,
} from "../../src/image/given_image.ts";

const IMAGE = Uint8Array.of(1);

Deno.test("readGiven() gives an image, or what reads it, at once or later", async () => {
  const given: GivenImage[] = [
    { image: IMAGE },
    { read: () => IMAGE },
    { read: () => Promise.resolve(IMAGE) },
  ];
  for (const it of given) {
    assert.ok(isGiven(it));
    assert.equal(await readGiven(it), IMAGE);
  }
});

Deno.test("readGiven() calls read() as a method", async () => {
  const given = {
    kept: IMAGE,
    read() {
      return this.kept;
    },
  };
  assert.equal(await readGiven(given), IMAGE);
});

Deno.test("isGiven() refuses what has neither", () => {
  for (
    const it of [null, undefined, {}, { read: IMAGE }, { name: "a" }]
  ) {
    assert.equal(isGiven(it), false);
  }
});
