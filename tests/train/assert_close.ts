import assert from "node:assert/strict";

/** Asserts that each value is within `tolerance` of the expected one. */
export function assertClose(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  assert.equal(found.length, expected.length);
  for (let i = 0; i < found.length; i++) {
    const [a, b] = [found[i]!, expected[i]!];
    assert.ok(Math.abs(a - b) <= tolerance, `${a} isn't ${b}`);
  }
}
