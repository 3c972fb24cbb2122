import assert from "node:assert/strict";
import { anchorNamer } from "../../../tools/site/anchors.ts";

Deno.test("anchorNamer() names headings as GitHub does", () => {
  const anchorOf = anchorNamer();
  const anchors = [
    "What it needs",
    "`totem serve`: a server",
    "[A link](https://example.org/#x) in it",
    "What it needs",
    "What it needs",
    "7 or 8 bits?",
    "snake_case and kebab-case",
  ].map(anchorOf);
  assert.deepEqual(anchors, [
    "what-it-needs",
    "totem-serve-a-server",
    "a-link-in-it",
    "what-it-needs-1",
    "what-it-needs-2",
    "7-or-8-bits",
    "snake_case-and-kebab-case",
  ]);
});
