import assert from "node:assert/strict";
import { negotiate } from "../../src/server/negotiate.ts";

Deno.test("negotiate() gives the type of the most weight, JSON where it's equal", () => {
  for (
    const [accept, type] of [
      [null, "application/json"],
      ["", "application/json"],
      ["*/*", "application/json"],
      ["text/plain", "text/plain"],
      ["TEXT/PLAIN ; Q=0.5", "text/plain"],
      ["text/*, application/json;q=0.9", "text/plain"],
      ["text/plain;q=0.5, application/json;q=0.5", "application/json"],
      ["text/html, application/xml;q=0.9, */*;q=0.8", "application/json"],
      ["*/*, application/json;q=0", "text/plain"],
      ["application/*;q=0, */*", "text/plain"],
      ["application/json;q=0.1, */*;q=0.2", "text/plain"],
      ["text/plain;charset=utf-8;q=1.000", "text/plain"],
    ] as const
  ) {
    assert.equal(negotiate(accept), type, `${accept}`);
  }
});

Deno.test("negotiate() refuses what nothing fits, and weights that aren't any", () => {
  for (
    const accept of [
      "text/html",
      "*/*;q=0",
      "application/json;q=0.0000, text/plain;q=2",
      "text/plain;q=",
      "text/plain;q=-1",
      ",",
      ";;;,,,",
    ]
  ) {
    assert.throws(() => negotiate(accept), { status: 406 }, accept);
  }
});
