import assert from "node:assert/strict";
import { fileProvenance } from "../../src/convert/file_provenance.ts";
import { KNOWN_MODELS } from "../../src/weights/known_models.ts";

Deno.test("fileProvenance() gives a known model's address and licence for its name", () => {
  const { source, license } = KNOWN_MODELS.nsfw!;
  assert.deepEqual(fileProvenance("nsfw"), { source, license });
  assert.deepEqual(fileProvenance("nsfw", "ISC"), { source, license: "ISC" });
});

Deno.test("fileProvenance() keeps other texts, without what may be secret", () => {
  const unknown = { source: "unknown", license: "unknown" };
  assert.deepEqual(fileProvenance(), unknown);
  assert.deepEqual(fileProvenance("constructor"), {
    ...unknown,
    source: "constructor",
  });
  assert.equal(
    fileProvenance("https://me:secret@example.org/a.h5?token=1, adapted")
      .source,
    "https://example.org/a.h5?… adapted",
  );
});
