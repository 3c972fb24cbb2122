import assert from "node:assert/strict";
import { sourceName } from "../../src/cli/source_name.ts";

Deno.test("sourceName() keeps names and addresses, and of paths the last part", () => {
  for (
    const [source, name] of [
      ["nsfw", "nsfw"],
      ["/home/me/secret/m.h5", "m.h5"],
      ["secret/model/", "model"],
      ["m.pth", "m.pth"],
      ["file:///home/me/secret/my%20m.h5", "my m.h5"],
      [
        "https://me:x@example.org/a/m.h5?token=1",
        "https://example.org/a/m.h5?…",
      ],
    ]
  ) assert.equal(sourceName(source!), name);
});
