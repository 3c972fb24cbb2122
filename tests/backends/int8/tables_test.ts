import assert from "node:assert/strict";
import { lowerGraph, type Step } from "../../../src/backends/int8/lower.ts";
import {
  initialSums,
  RESCALE_BYTES,
  stepTables,
  tableBytes,
} from "../../../src/backends/int8/tables.ts";
import { RESCALE_BYTES as KERNEL_BYTES } from "../../../src/backends/simd/records.ts";
import { type ConvNode, type Graph, INPUT } from "../../../src/model/mod.ts";

const FIRST: ConvNode = {
  op: "conv",
  name: "first",
  input: INPUT,
  kernel: [1, 1],
  channels: 2,
  stride: 1,
  padding: "valid",
  batchNorm: false,
  activation: "relu",
};
const POOL = { size: 2, stride: 1, padding: "valid" } as const;
const GRAPH: Graph = {
  input: [4, 4, 3],
  nodes: [
    FIRST,
    { ...FIRST, name: "conv", input: "first", channels: 9 },
    {
      op: "avgPool",
      name: "avg",
      input: "conv",
      countIncludePad: false,
      ...POOL,
    },
    { op: "maxPool", name: "max", input: "avg", ...POOL },
    { op: "globalAvgPool", name: "global", input: "max" },
    {
      op: "dense",
      name: "dense",
      input: "global",
      units: 2,
      activation: "linear",
    },
    { op: "softmax", name: "softmax", input: "dense" },
  ],
  outputs: { features: "global", logits: "dense", probabilities: "softmax" },
};
const ABS_MAX: Record<string, number> = { first: 4, conv: 8, avg: 2 };

/** The sum of each word of a panel's weights is 4 * (its index % 8). */
const WEIGHT = Int8Array.from({ length: 2 * 32 }, (_, i) => i >> 2 & 7);
const NETWORK = {
  quantized: (name: string) =>
    name === "conv"
      ? {
        weight: WEIGHT,
        scale: new Float32Array(9).map((_, i) => i + 1),
        bias: new Float32Array(9).fill(-8),
      }
      : {
        weight: new Int8Array(32),
        scale: Float32Array.of(0.5, 2),
        bias: Float32Array.of(-1, 4),
      },
  absMax: (name: string) => ABS_MAX[name]!,
};

/** The table of a node's step, in f32 values. */
function tableOf(name: string, bits: 7 | 8, isSigned = false): Float32Array {
  const step = stepOf(name);
  const bytes = stepTables(GRAPH, NETWORK, bits, () => isSigned)(step);
  assert.equal(bytes.length, tableBytes(step));
  return new Float32Array(bytes.buffer);
}

function stepOf(name: string): Step {
  const steps = lowerGraph(GRAPH).levels.flat();
  return steps.find((it) => it.op !== "border" && it.node.name === name)!;
}

Deno.test("stepTables() makes codes of a convolution's sums, with the half that rounds", () => {
  for (const bits of [8, 7] as const) {
    const table = tableOf("conv", bits);
    const qmax = 2 ** bits - 1;
    // Its input has 8 bits.
    assert.equal(table.byteLength, 2 * RESCALE_BYTES);
    const multipliers = Float32Array.from(
      { length: 9 },
      (_, i) => (i + 1) / 8 * (qmax / 255),
    );
    assert.deepEqual(table.subarray(0, 8), multipliers.subarray(0, 8));
    assert.equal(table[24], multipliers[8]);
    const offset = -qmax + 0.5;
    assert.deepEqual([...table.subarray(8, 16)], Array(8).fill(offset));
    assert.equal(table[32], offset);
  }
});

Deno.test("stepTables() has zeros for what a last panel lacks, and where sums begin with nothing", () => {
  const table = tableOf("conv", 8);
  for (const [i, value] of table.entries()) {
    const channel = i < 24 ? i % 8 : 8 + i % 8;
    const isOwn = channel < 9 && i % 24 < 16;
    assert.equal(value !== 0, isOwn, `${i}: ${value}`);
  }
});

Deno.test("stepTables() knows that the image and the first activation have 8 bits, whatever others have", () => {
  for (const bits of [8, 7] as const) {
    const table = tableOf("first", bits);
    assert.deepEqual(table.subarray(0, 2), Float32Array.of(0.125, 0.5));
    assert.deepEqual(
      table.subarray(8, 10),
      Float32Array.of(-255 / 4 + 0.5, 255.5),
    );
  }
});

Deno.test("stepTables() gives sums of signed codes what they begin with", () => {
  const table = tableOf("conv", 8, true);
  const sums = new Int32Array(table.buffer);
  const expected = Array.from({ length: 8 }, (_, i) => 128 * 4 * i);
  assert.deepEqual([...sums.subarray(16, 24)], expected);
  assert.deepEqual([...sums.subarray(40, 48)], expected);
});

Deno.test("stepTables() makes codes of an average pool's means", () => {
  assert.deepEqual([...tableOf("avg", 8)], Array(9).fill(8 / 2));
});

Deno.test("stepTables() makes values of a global pool's sums", () => {
  const multiplier = Math.fround(2 / (127 * 2 * 2));
  assert.deepEqual([...tableOf("global", 7)], Array(9).fill(multiplier));
});

Deno.test("stepTables() gives a dense layer its scales, then its biases", () => {
  assert.deepEqual([...tableOf("dense", 8)], [0.5, 2, -1, 4]);
});

Deno.test("stepTables() has none for other steps", () => {
  assert.equal(tableOf("max", 8).length, 0);
  assert.equal(tableOf("softmax", 8).length, 0);
});

Deno.test("RESCALE_BYTES is that of the kernels", () => {
  assert.equal(RESCALE_BYTES, KERNEL_BYTES);
});

Deno.test("initialSums() makes up for codes that are multiplied less 128", () => {
  // Two words of four weights for each of 8 channels.
  const panel = Int8Array.from({ length: 64 }, (_, i) => (i * 37) % 255 - 127);
  const sums = initialSums(panel);
  const codes = [0, 255, 17, 128, 1, 2, 254, 99];
  for (let channel = 0; channel < 8; channel++) {
    let sum = 0;
    let signed = sums[channel]!;
    for (const [i, code] of codes.entries()) {
      const word = (i >> 2) * 8 + channel;
      const weight = panel[word * 4 + (i & 3)]!;
      sum += weight * code;
      signed += weight * (code - 128);
    }
    assert.equal(signed, sum);
  }
});
