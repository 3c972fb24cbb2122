import assert from "node:assert/strict";
import {
  createCodeMatrix,
  reusedMatrix,
} from "../../src/search/code_matrix.ts";
import { filledIndex } from "../../src/search/search_index.ts";
import { readIndexInto } from "../../src/search/index_file.ts";
import { writeIndex } from "../../src/search/mod.ts";
import { madeUpFeatures, madeUpIndex } from "./made_up_index.ts";

/** An empty index whose memory may have `pages` pages of 64 KiB. */
async function smallIndex(width: number, pages: number) {
  const matrix = await createCodeMatrix(width, pages);
  const pattern = new Uint8Array(width);
  const model = { name: "made up", size: 75, pattern };
  return filledIndex({ model, root: "." }, matrix, [], new Float32Array());
}

/** Adds images with `features` until one is refused. */
function fill(
  index: Awaited<ReturnType<typeof smallIndex>>,
  features: readonly Float32Array[],
): unknown {
  for (;;) {
    const name = `${index.size}`;
    try {
      index.add({ name, version: "" }, features[index.size % features.length]!);
    } catch (error) {
      return error;
    }
  }
}

Deno.test("an index that is full says how many images it holds, and keeps them", async () => {
  // 15 pages: fewer than are added at a time.
  for (const [width, pages] of [[2048, 1], [2048, 15], [512, 40], [64, 2]]) {
    const index = await smallIndex(width!, pages!);
    const features = madeUpFeatures(7, width!);
    const error = fill(index, features);
    const held = index.size;
    assert.ok(error instanceof Error);
    assert.equal(error.name, "MemoryLimitError");
    assert.ok(error.message.startsWith(
      `Cannot hold ${
        held + 1
      } images in one index as with ${width} features it holds ${held} at most: `,
    ));
    assert.match(
      error.message,
      /several indexes.* --task features --shard-size N/,
    );
    // It uses all of its memory except the start and less than a row.
    const rest = pages! * 2 ** 16 - held * width!;
    assert.ok(rest < 3072 + 2 * width! + 128, `${rest} bytes are left`);
    // All rows are compared, the last one too.
    const found = index.nearest(features[0]!, held);
    assert.deepEqual(
      new Set(found.map(({ name }) => Number(name))),
      new Set(Array(held).keys()),
    );
    assert.equal(index.retain(({ name }) => name !== "3"), 1);
    index.add({ name: "new", version: "" }, features[3]!);
    assert.equal(index.size, held);
  }
});

Deno.test("an index that gets no memory says so before it is full", async () => {
  const index = await smallIndex(2048, 2 ** 16);
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = () => {
    throw new RangeError("out of memory");
  };
  try {
    const error = fill(index, madeUpFeatures(3, 2048));
    assert.ok(error instanceof Error);
    assert.equal(error.name, "MemoryLimitError");
    assert.match(
      error.message,
      /^Cannot hold 30 images in one index as there is no WebAssembly memory of 66624 bytes: make several indexes/,
    );
    assert.equal(index.size, 29);
  } finally {
    WebAssembly.Memory.prototype.grow = grow;
  }
});

Deno.test("of cosines that rounding brings above 1 the first is the first", async () => {
  const width = 2048;
  const index = await smallIndex(width, 16);
  // With these features, rounded lengths bring several cosines above 1, the largest of
  // them the photo's own.
  const featuresOf = (low: number) =>
    Float32Array.from(
      { length: width },
      (_, i) => i === width - 1 ? 127 : i < low ? 99 : 100,
    );
  for (let low = 25; low < 35; low++) {
    index.add({ name: `${low}`, version: "" }, featuresOf(low));
  }
  const found = index.nearest(featuresOf(30), index.size);
  const ones = found.filter(({ similarity }) => similarity === 1)
    .map(({ name }) => name);
  assert.deepEqual(ones, ["29", "30", "31", "32", "33", "34"]);
  for (const top of [1, 2, 3]) {
    assert.deepEqual(
      index.nearest(featuresOf(30), top).map(({ name }) => name),
      ones.slice(0, top),
    );
  }
});

Deno.test("a matrix that is used again has the rows of the last index only", async () => {
  const matrixOf = reusedMatrix();
  const features = madeUpFeatures(900, 64);
  const before = await matrixOf(64);
  for (const count of [20, 900, 3, 0]) {
    const index = await madeUpIndex(features.slice(900 - count), 64);
    const again = await readIndexInto(matrixOf, writeIndex(index).stream);
    assert.deepEqual(
      again.nearest(features[899]!),
      index.nearest(features[899]!),
    );
    assert.equal(await matrixOf(64), before);
  }
  assert.notEqual(await matrixOf(65), before);
});
