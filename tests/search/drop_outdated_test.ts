import assert from "node:assert/strict";
import { dropOutdated, versionAsRead } from "../../src/search/drop_outdated.ts";
import { SearchIndex } from "../../src/search/mod.ts";

/** An index of images with these names and versions. */
async function indexOf(images: readonly [name: string, version: string][]) {
  const model = { name: "fake", size: 75, pattern: new Uint8Array(64) };
  const index = await SearchIndex.create({ model, root: "." });
  for (const [name, version] of images) {
    index.add({ name, version }, new Float32Array(64).fill(1));
  }
  return index;
}

Deno.test("dropOutdated() drops what was changed or is gone, and counts what is missing", async () => {
  const index = await indexOf([
    ["same", "1"],
    ["changed", "1"],
    ["gone", "1"],
    ["unread", "1"],
  ]);
  const images = ["same", "changed", "new"].map((name) => ({
    name,
    version: name === "changed" ? "2" : "1",
  }));
  const isUnread = (name: string) => name === "unread";
  assert.deepEqual(await dropOutdated(index, images, isUnread), {
    count: 3,
    missing: 2,
    changed: 1,
    removed: 1,
  });
  assert.deepEqual(index.images.map(({ name }) => name), ["same", "unread"]);
  assert.deepEqual(await dropOutdated(undefined, images, isUnread), {
    count: 3,
    missing: 3,
    changed: 0,
    removed: 0,
  });
});

Deno.test("dropOutdated() drops what may be truncated where that isn't allowed, and keeps what is whole", async () => {
  const images = (allowed: boolean) =>
    ["part", "whole"].map((name) => ({
      name,
      version: versionAsRead("1", allowed),
    }));
  for (const allowed of [true, false]) {
    const index = await indexOf([
      ["part", versionAsRead("1", true)],
      ["whole", versionAsRead("1", false)],
    ]);
    await dropOutdated(index, images(allowed), () => false);
    const expected = allowed ? ["part", "whole"] : ["whole"];
    assert.deepEqual(index.images.map(({ name }) => name), expected);
  }
});
