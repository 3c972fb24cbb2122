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

Deno.test("didYouMean() knows a word or the beginning of one longer name", () => {
  const options = [
    "--validation",
    "--validation-split",
    "--hidden-units",
    "--label-smoothing",
    "--learning-rate",
    "--allow-truncated",
    "--labels",
  ];
  const keys = [
    "validationSplit",
    "hiddenUnits",
    "labelSmoothing",
    "allowTruncated",
  ];
  for (
    const [asked, names, meant] of [
      ["--hidden", options, "--hidden-units"],
      ["--split", options, "--validation-split"],
      ["--smoothing", options, "--label-smoothing"],
      ["--TRUNCATED", options, "--allow-truncated"],
      ["--rate", options, "--learning-rate"],
      ["--learn", options, "--learning-rate"],
      ["--lea", options, undefined],
      ["--valid", options, undefined],
      ["--units-hidden", options, undefined],
      ["--", options, undefined],
      ["eval", ["evaluate", "explain"], "evaluate"],
      ["sear", ["search", "searches"], undefined],
      ["split", keys, "validationSplit"],
      ["hidden", keys, "hiddenUnits"],
      ["truncated", keys, "allowTruncated"],
      ["smooth", keys, undefined],
      // A typing error takes precedence.
      ["--labls", options, "--labels"],
      ["split", ["splits", "validationSplit"], "splits"],
    ] as const
  ) {
    const said = meant === undefined ? "" : `: did you mean ${meant}?`;
    assert.equal(didYouMean(asked, names), said, asked);
  }
});
