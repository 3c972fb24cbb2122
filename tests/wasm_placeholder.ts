/**
 * Kernels in variants that differ in one number. Compilation takes most of a second, so
 * they are compiled once, with a placeholder that is then replaced.
 */
import assert from "node:assert/strict";

/** The placeholder in the source, as a variable's initial value. */
export const PLACEHOLDER = 0x12345678;

/** Replaces each placeholder in the module `bytes` by a number from 0 to 2^31 - 1. */
export function withNumber(
  bytes: Uint8Array,
  number: number,
): Uint8Array<ArrayBuffer> {
  const [from, to] = [encode(PLACEHOLDER), encode(number)];
  const changed = Uint8Array.from(bytes);
  let found = 0;
  for (let at = 0; at <= bytes.length - from.length; at++) {
    if (!from.every((it, i) => bytes[at + i] === it)) continue;
    changed.set(to, at);
    found++;
  }
  assert.ok(found > 0, "The module has no such number");
  return changed;
}

/** Encodes `i32.const` with the number as LEB128 padded to five bytes. */
function encode(number: number): Uint8Array {
  const I32_CONST = 0x41;
  const groups = [0, 7, 14, 21, 28].map((bits) => number >>> bits & 127);
  return Uint8Array.of(
    I32_CONST,
    ...groups.map((it, i) => i < 4 ? it | 128 : it),
  );
}
