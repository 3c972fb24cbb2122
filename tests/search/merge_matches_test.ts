import assert from "node:assert/strict";
import { mergeMatches } from "../../src/search/mod.ts";
import { randomNumbers } from "../random.ts";
import { madeUpFeatures, madeUpIndex } from "./made_up_index.ts";

Deno.test("mergeMatches() gives what an index of all images gives, to the bit", async () => {
  const width = 48;
  const random = randomNumbers(3);
  // Some images occur several times, in one part or in several.
  const different = madeUpFeatures(60, width);
  const features = Array.from(
    { length: 200 },
    () => different[Math.floor(random() * different.length)]!,
  );
  const all = await madeUpIndex(features, width);
  for (const cuts of [[0, 200], [0, 1, 199, 200], [0, 70, 70, 130, 200]]) {
    const parts = await Promise.all(
      cuts.slice(1).map(async (end, i) => ({
        first: cuts[i]!,
        index: await madeUpIndex(features.slice(cuts[i]!, end), width),
      })),
    );
    for (const top of [1, 2, 7, 50, 300]) {
      for (const query of [features[5]!, new Float32Array(width)]) {
        const lists = parts.map(({ first, index }) =>
          index.nearest(query, top).map(({ name, similarity }) => ({
            row: first + parseInt(name),
            similarity,
          }))
        );
        const expected = all.nearest(query, top)
          .map(({ name, similarity }) => ({ row: parseInt(name), similarity }));
        assert.deepEqual(mergeMatches(lists, top), expected);
        // One after the other, in the order of searched files.
        const oneByOne = lists.reduce(
          (best, list) => mergeMatches([best, list], top),
          [],
        );
        assert.deepEqual(oneByOne, expected);
      }
    }
  }
});

Deno.test("mergeMatches() of nothing is nothing, and leaves its lists as they are", () => {
  assert.deepEqual(mergeMatches([]), []);
  assert.deepEqual(mergeMatches([[], []]), []);
  const lists = [[{ similarity: 0.1 }], [{ similarity: 0.2 }]];
  assert.deepEqual(mergeMatches(lists, 1), [{ similarity: 0.2 }]);
  assert.deepEqual(lists, [[{ similarity: 0.1 }], [{ similarity: 0.2 }]]);
});

Deno.test("mergeMatches() refuses what are no lists of matches, and no count", () => {
  for (const lists of [[[{}]], [[{ similarity: NaN }]], [{}], [[null]]]) {
    assert.throws(() => mergeMatches(lists as unknown as []), {
      name: "ArgumentError",
      message: /^Cannot merge matches as the lists must be an array of arrays/,
    });
  }
  for (const top of [0, -1, 1.5, NaN]) {
    assert.throws(() => mergeMatches([], top), {
      name: "ArgumentError",
      message: /top must be a whole number >= 1/,
    });
  }
});
