import assert from "node:assert/strict";
import { provenanceOf } from "../../src/convert/provenance.ts";
import { KNOWN_MODELS } from "../../src/weights/known_models.ts";

Deno.test("provenanceOf() gives a known model's address and licence for its name", () => {
  const { source, license } = KNOWN_MODELS.nsfw!;
  assert.deepEqual(provenanceOf("nsfw"), { source, license });
  assert.deepEqual(provenanceOf("nsfw", "ISC"), { source, license: "ISC" });
});

Deno.test("provenanceOf() keeps other texts, without what may be secret", () => {
  const unknown = { source: "unknown", license: "unknown" };
  assert.deepEqual(provenanceOf(), unknown);
  assert.deepEqual(provenanceOf("constructor"), {
    ...unknown,
    source: "constructor",
  });
  assert.equal(
    provenanceOf("https://me:secret@example.org/a.h5?token=1, adapted").source,
    "https://example.org/a.h5?… adapted",
  );
});
