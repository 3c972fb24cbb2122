import assert from "node:assert/strict";
import { readActivations } from "../../../src/backends/int8/read_activations.ts";

/** 2 x 2 pixels of 3 + 1 bytes, with a border of one pixel on the left. */
const BUFFER = {
  shape: [2, 2, 3],
  pixelBytes: 4,
  rowBytes: 12,
  frameY: 0,
  frameX: 1,
  offset: 4,
} as const;
const ABS_MAX = Float32Array.of(255, 510);
const SLICE = { buffer: BUFFER, channel: 1, channels: 2 };

Deno.test("readActivations() reads the channels of a slice, without borders", () => {
  const arena = Uint8Array.from({ length: 24 }, (_, i) => i);
  const found = readActivations(arena, SLICE, ABS_MAX, {
    bits: 8,
    signed: false,
  });
  assert.deepEqual([...found], [5, 12, 9, 20, 17, 36, 21, 44]);
});

Deno.test("readActivations() reads codes that are stored less 128, and those of 7 bits", () => {
  const arena = Uint8Array.from({ length: 24 }, (_, i) => i ^ 0x80);
  const signed = { bits: 8, signed: true } as const;
  assert.deepEqual(
    [...readActivations(arena, SLICE, ABS_MAX, signed)],
    [5, 12, 9, 20, 17, 36, 21, 44],
  );
  const coarse = { bits: 7, signed: false } as const;
  const absMax = Float32Array.of(127, 127);
  assert.deepEqual(
    [...readActivations(new Uint8Array(24).fill(100), SLICE, absMax, coarse)],
    Array.from({ length: 8 }, () => 100),
  );
});
