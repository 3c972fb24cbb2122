import assert from "node:assert/strict";
import { findCircles } from "../../tools/circular.ts";

/** The circles of modules named by letters, given each one's imports. */
function circlesOf(imports: Record<string, string>) {
  const modules = Object.entries(imports)
    .map(([name, imported]) => [name, [...imported]] as const);
  return findCircles(new Map(modules)).map((it) => it.join(""));
}

Deno.test("findCircles() finds nothing in modules that share others", () => {
  assert.deepEqual(circlesOf({ a: "bcd", b: "d", c: "bd", d: "" }), []);
});

Deno.test("findCircles() finds the way from a module to itself", () => {
  assert.deepEqual(circlesOf({ a: "b", b: "cd", c: "", d: "eb", e: "" }), [
    "bdb",
  ]);
});

Deno.test("findCircles() finds a circle for each import that closes one", () => {
  assert.deepEqual(circlesOf({ a: "ab", b: "c", c: "ba" }), [
    "aa",
    "bcb",
    "abca",
  ]);
});
