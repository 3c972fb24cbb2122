import assert from "node:assert/strict";
import { rescaleOf, signedStarts } from "../../../src/backends/int8/rescale.ts";
import type { ConvNode } from "../../../src/model/mod.ts";

const NODE: ConvNode = {
  op: "conv",
  name: "conv",
  input: "before",
  kernel: [1, 1],
  channels: 2,
  stride: 1,
  padding: "valid",
  batchNorm: false,
  activation: "relu",
};
const NETWORK = {
  quantized: () => ({
    weight: new Int8Array(),
    scale: Float32Array.of(0.5, 2),
    bias: Float32Array.of(-1, 4),
  }),
  range: () => 4,
};

Deno.test("rescaleOf() gives the codes of sums, with the half that rounds", () => {
  for (const qmax of [255, 127]) {
    const { multipliers, offsets } = rescaleOf(NETWORK, NODE, qmax);
    assert.deepEqual([...multipliers], [0.125, 0.5]);
    assert.deepEqual([...offsets], [-qmax / 4 + 0.5, qmax + 0.5]);
  }
});

Deno.test("rescaleOf() knows that the image has 8 bits, whatever codes have", () => {
  const first = { ...NODE, input: "input" };
  const { multipliers } = rescaleOf(NETWORK, first, 127);
  assert.deepEqual(
    multipliers,
    Float32Array.of(0.125 * (127 / 255), 0.5 * (127 / 255)),
  );
});

Deno.test("signedStarts() makes up for codes that are multiplied less 128", () => {
  // Two words of four weights for each of 8 channels.
  const panel = Int8Array.from({ length: 64 }, (_, i) => (i * 37) % 255 - 127);
  const starts = signedStarts(panel);
  const codes = [0, 255, 17, 128, 1, 2, 254, 99];
  for (let channel = 0; channel < 8; channel++) {
    let sum = 0;
    let signed = starts[channel]!;
    for (const [i, code] of codes.entries()) {
      const word = (i >> 2) * 8 + channel;
      const weight = panel[word * 4 + (i & 3)]!;
      sum += weight * code;
      signed += weight * (code - 128);
    }
    assert.equal(signed, sum);
  }
});
