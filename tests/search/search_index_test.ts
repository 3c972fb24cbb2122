import assert from "node:assert/strict";
import { SearchIndex } from "../../src/search/mod.ts";
import { encodeFeatures } from "../../src/search/encode_features.ts";
import { cosine } from "../cosine.ts";
import { madeUpFeatures, madeUpIndex } from "./made_up_index.ts";

Deno.test("nearest() sorts by the cosine of the codes", async () => {
  // More than a block, more than the first pages, and not a multiple of 64.
  const [width, count] = [1000, 700];
  const features = madeUpFeatures(count, width);
  const index = await madeUpIndex(features, width);
  const query = features[123]!.map((it, i) => it + features[400]![i]!);
  const expected = features.map((it, row) => ({
    name: `${row}.jpg`,
    similarity: cosine(codesOf(it), codesOf(query)),
  })).sort((a, b) => b.similarity - a.similarity);
  for (const top of [1, 10, 10_000]) {
    const matches = index.nearest(query, top);
    assert.deepEqual(
      matches.map(({ name }) => name),
      expected.slice(0, top).map(({ name }) => name),
    );
    for (const [i, { similarity }] of matches.entries()) {
      assert.ok(Math.abs(similarity - expected[i]!.similarity) < 1e-6);
    }
  }
});

Deno.test("nearest() gives 1 of the same picture, of any length, and the first of equals", async () => {
  const [features] = madeUpFeatures(1, 64);
  const index = await madeUpIndex([features!, features!, features!], 64);
  const matches = index.nearest(features!.map((it) => it * 100), 2);
  assert.deepEqual(matches.map(({ name }) => name), ["0.jpg", "1.jpg"]);
  for (const { similarity } of matches) {
    assert.ok(similarity > 0.999999 && similarity <= 1);
  }
});

Deno.test("nearest() finds nothing similar to blackness, and nothing in nothing", async () => {
  const index = await madeUpIndex([new Float32Array(64)], 64);
  const [one] = madeUpFeatures(1, 64);
  assert.equal(index.nearest(one!)[0]!.similarity, 0);
  assert.equal(index.nearest(new Float32Array(64))[0]!.similarity, 0);
  assert.deepEqual((await madeUpIndex([], 64)).nearest(one!), []);
});

Deno.test("nearest() refuses a top that isn't a count and other features", async () => {
  const index = await madeUpIndex(madeUpFeatures(3, 64), 64);
  for (const top of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(() => index.nearest(new Float32Array(64), top), {
      name: "ArgumentError",
      message: /top must be a whole number >= 1/,
    });
  }
  assert.throws(() => index.nearest(new Float32Array(65)), {
    name: "ArgumentError",
    message: /must be 64: there are 65/,
  });
});

Deno.test("add() keeps nothing of an image that it refuses", async () => {
  const features = madeUpFeatures(2, 64);
  const index = await madeUpIndex(features, 64);
  assert.throws(
    () => index.add({ name: "1.jpg", version: "new" }, features[0]!),
    { name: "ArgumentError", message: /has one of that name/ },
  );
  assert.throws(
    () => index.add({ name: "2.jpg", version: "" }, features[0]!.fill(NaN)),
    { name: "ArgumentError", message: /finite/ },
  );
  assert.equal(index.size, 2);
  assert.ok(!index.has({ name: "2.jpg", version: "" }));
  assert.ok(!index.has({ name: "1.jpg", version: "new" }));
  assert.ok(index.has({ name: "1.jpg", version: "v1" }));
});

Deno.test("retain() leaves the others as they were, and names free", async () => {
  const features = madeUpFeatures(20, 64);
  const index = await madeUpIndex(features, 64);
  const dropped = index.retain(({ name }) => parseInt(name) % 3 === 1);
  assert.equal(dropped, 13);
  const kept = features.filter((_, i) => i % 3 === 1);
  assert.deepEqual(index.codes, codesOf(...kept));
  assert.equal(index.nearest(features[4]!, 1)[0]!.name, "4.jpg");
  assert.ok(!index.has({ name: "5.jpg", version: "v5" }));
  index.add({ name: "5.jpg", version: "again" }, features[5]!);
  assert.equal(index.nearest(features[5]!, 1)[0]!.version, "again");
});

Deno.test("SearchIndex.create() refuses features that could overflow a sum", async () => {
  for (const length of [0, 65_537]) {
    const model = { name: "", size: 75, pattern: new Uint8Array(length) };
    await assert.rejects(SearchIndex.create({ model, root: "" }), {
      name: "ArgumentError",
      message: /1 to 65536 features/,
    });
  }
});

function codesOf(...vectors: Float32Array[]): Uint8Array {
  const width = vectors[0]!.length;
  const codes = new Uint8Array(vectors.length * width);
  vectors.forEach((vector, i) =>
    encodeFeatures(vector, codes.subarray(i * width, (i + 1) * width))
  );
  return codes;
}
