import assert from "node:assert/strict";
import type { Output } from "../../output_of.ts";

/** Asserts that a tool refused its arguments with a message and without a stack. */
export function assertRefused(
  { code, stdout, stderr }: Output,
  why: RegExp,
): void {
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, why);
  assert.match(stderr, /\nSee --help\n$/);
  assert.doesNotMatch(stderr, /\n +at /);
}
