import assert from "node:assert/strict";
import { shownPlace } from "../../src/weights/address.ts";

Deno.test("shownPlace() writes a file's path as its system does", () => {
  for (
    const [address, place] of [
      ["file:///home/a%20b/c%23.safetensors", "/home/a b/c#.safetensors"],
      ["file:///C:/Users/a%20b/c.safetensors", "C:/Users/a b/c.safetensors"],
      ["file:///c:", "c:"],
      ["file:///cc:/a", "/cc:/a"],
      [
        "https://example.org/m/model.json?token=1",
        "https://example.org/m/model.json?…",
      ],
    ]
  ) assert.equal(shownPlace(new URL(address!)), place);
});
