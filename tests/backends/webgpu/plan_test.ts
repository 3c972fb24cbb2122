import assert from "node:assert/strict";
import { gpuBytes, planGraph } from "../../../src/backends/webgpu/plan.ts";
import { kernelsFor } from "../../../src/backends/webgpu/kernels/mod.ts";
import { FIELD_BYTES } from "../../../src/backends/webgpu/layout.ts";
import {
  inceptionV3,
  type InceptionV3Options,
} from "../../../src/model/mod.ts";
import { BLOCKS } from "../../../src/model/inception_options.ts";
import { planGraph as planEngine } from "../../../src/backends/simd/plan.ts";
import { NETWORKS as ALL } from "../int8/networks.ts";
import { TILE } from "./gpu.ts";

// The narrow network's channels don't start at word boundaries.
const NETWORKS: Record<string, InceptionV3Options> = {
  ...ALL,
  narrow: { ...ALL.narrow, widthMultiplier: 1 / 8 },
};

Deno.test("planGraph() needs at most 40 MiB of the GPU for 299 pixels", () => {
  const bytes = gpuBytes(planGraph(inceptionV3(), 8, TILE));
  assert.ok(bytes > 24 * 2 ** 20 && bytes < 40 * 2 ** 20, `${bytes} bytes`);
});

Deno.test("planGraph() gives each kernel whole numbers for all of its fields", () => {
  const kernels = kernelsFor(TILE);
  for (const [name, options] of Object.entries(NETWORKS)) {
    const plan = planGraph(inceptionV3(options), 8, TILE);
    assert.equal(plan.misplaced, undefined);
    for (const { kernel, fields } of plan.steps) {
      const expected = kernels[kernel].fields;
      assert.deepEqual(Object.keys(fields).sort(), [...expected].sort());
      assert.ok(4 * expected.length <= FIELD_BYTES);
      for (const [field, value] of Object.entries(fields)) {
        const isAddress = Number.isSafeInteger(value) && value >= 0;
        assert.ok(isAddress, `${name}: ${kernel}: ${field} is ${value}`);
      }
    }
  }
});

Deno.test("planGraph() stays within its arena", () => {
  for (const [name, options] of Object.entries(NETWORKS)) {
    const { steps, arenaBytes } = planGraph(inceptionV3(options), 8, TILE);
    for (const { step, fields, kernel } of steps) {
      if (kernel !== "conv") continue;
      const lastX = fields.width! - 1;
      const lastY = fields.pixels! / fields.width! - 1;
      const input = fields.input! + lastX * fields.inputStepX! +
        lastY * fields.inputStepY! +
        (fields.kernelRows! - 1) * fields.inputRow! + fields.run!;
      const output = fields.output! + lastX * fields.outputStepX! +
        lastY * fields.outputStepY! + fields.outputWords!;
      assert.ok(4 * input <= arenaBytes, `${name}: ${step.op} reads beyond`);
      assert.ok(4 * output <= arenaBytes, `${name}: ${step.op} writes beyond`);
    }
  }
});

Deno.test("planGraph() takes no more memory for activations than the WASM engine", () => {
  for (const options of Object.values(NETWORKS)) {
    const graph = inceptionV3(options);
    const { arenaBytes } = planGraph(graph, 8, TILE);
    const engine = planEngine(graph, "relaxed");
    assert.ok(arenaBytes <= engine.arenaBytes + engine.vectorBytes);
  }
});

Deno.test("planGraph() finds whole words whatever block is the last", () => {
  for (const lastBlock of BLOCKS) {
    for (const pooling of ["mean", "max", "flatten"] as const) {
      const plan = planGraph(inceptionV3({ lastBlock, pooling }), 8, TILE);
      assert.equal(plan.misplaced, undefined, lastBlock);
      const { range } = plan.outputs.get("features")!;
      assert.ok(range.offset + range.bytes <= plan.arenaBytes, lastBlock);
    }
  }
});

Deno.test("planGraph() tells of channels that don't begin at a whole word", () => {
  const graph = inceptionV3({ widthMultiplier: 1 / 16 });
  assert.match(planGraph(graph, 8, TILE).misplaced!, /^Mixed_/);
});
