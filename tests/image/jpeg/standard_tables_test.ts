import assert from "node:assert/strict";
import { decodeImage, preprocess } from "../../../src/image/mod.ts";
import { MARKERS, segments } from "../../../src/image/jpeg/segments.ts";
import { fixture } from "../fixtures.ts";
import { assertSamePixels, jpegFixture } from "./fixtures.ts";

/** A JPEG without its DHT segments, except the last `kept` ones. */
function withoutTables(bytes: Uint8Array, kept = 0): Uint8Array {
  const tables = [...segments(bytes)].filter((it) => it.marker === MARKERS.DHT);
  const parts: number[] = [];
  let at = 0;
  for (const { start, end } of tables.slice(0, tables.length - kept)) {
    parts.push(...bytes.subarray(at, start));
    at = end;
  }
  return Uint8Array.from([...parts, ...bytes.subarray(at)]);
}

Deno.test("decodeImage() takes the standard tables where a JPEG has none, as motion JPEG", async () => {
  const files = [
    fixture("color.jpg"),
    fixture("grey.jpg"),
    jpegFixture("baseline_444"),
  ];
  for (const bytes of files) {
    const bare = withoutTables(bytes);
    assert.ok(bare.length < bytes.length - 200);
    assertSamePixels(await decodeImage(bare), await decodeImage(bytes));
    const geometry = {
      crop: { kind: "squash" },
      resize: "antialiased",
    } as const;
    assertSamePixels(
      await preprocess(bare, 5, geometry),
      await preprocess(bytes, 5, geometry),
    );
  }
});

Deno.test("decodeImage() refuses a JPEG that has some tables and lacks one", async () => {
  const bytes = withoutTables(jpegFixture("baseline_444"), 2);
  await assert.rejects(decodeImage(bytes), {
    name: "CorruptImageError",
    message: /needs a Huffman table that isn't there/,
  });
});
