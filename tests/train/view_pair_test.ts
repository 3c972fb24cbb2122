import assert from "node:assert/strict";
import { cropAndResize } from "../../src/image/mod.ts";
import { randomPair, wholePair } from "../../src/train/view_pair.ts";
import { KERAS_PREPROCESSING } from "../../src/weights/keras_network.ts";
import { randomNumbers } from "../random.ts";
import { patternImage } from "./patterns.ts";

const SIZES = { full: 64, low: 16 };

Deno.test("both of a pair show the same part of the photo, in as many pixels as asked for", () => {
  const photo = patternImage("checks", 120, 1);
  const random = randomNumbers(3);
  const pairs = [
    wholePair(photo, SIZES, KERAS_PREPROCESSING),
    ...Array.from(
      { length: 8 },
      () => randomPair(photo, SIZES, KERAS_PREPROCESSING, random),
    ),
  ];
  for (const { full, low } of pairs) {
    assert.deepEqual([full.width, full.height], [64, 64]);
    assert.deepEqual([low.width, low.height], [16, 16]);
    const squash = { kind: "squash" } as const;
    const shrunk = cropAndResize(full, 16, {
      crop: squash,
      resize: "antialiased",
    });
    let difference = 0;
    for (const [i, value] of low.data.entries()) {
      difference += Math.abs(value - shrunk.data[i]!) / low.data.length;
    }
    assert.ok(difference < 8, `${difference}`); // Of another part: 40 or so.
  }
  const distinct = new Set(pairs.map(({ low }) => low.data.join()));
  assert.equal(distinct.size, pairs.length);
});
