import assert from "node:assert/strict";
import { didYouMean } from "../../src/text/did_you_mean.ts";

const NAMES = ["classify", "features", "serve", "search", "pull"];

Deno.test("didYouMean() knows a letter that is missing, added, replaced or swapped", () => {
  for (
    const [asked, meant] of [
      ["clasify", "classify"],
      ["clssify", "classify"],
      ["classsify", "classify"],
      ["calssify", "classify"],
      ["clasifi", "classify"],
      ["serch", "search"],
      ["SEARCH", "search"],
      ["server", "serve"],
      ["ups", undefined],
      ["pul", "pull"],
      ["plul", "pull"],
      ["lp", undefined],
      ["version", undefined],
      ["", undefined],
      ["toString", undefined],
    ]
  ) {
    const said = meant === undefined ? "" : `: did you mean ${meant}?`;
    assert.equal(didYouMean(asked!, NAMES), said, asked);
  }
  assert.equal(didYouMean("classify", []), "");
});

Deno.test("didYouMean() names the nearest of several", () => {
  assert.equal(didYouMean("abcdef", ["abcd", "abcde", "abcdefgh"]).length, 21);
  assert.match(didYouMean("abcdef", ["abcd", "abcde"]), /abcde\?$/);
});
