import assert from "node:assert/strict";
import type { Slice } from "../../../src/backends/int8/plan_activations.ts";
import { planGraph } from "../../../src/backends/simd/plan.ts";
import { TASK_PIXELS } from "../../../src/backends/simd/records.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { NETWORKS } from "../int8/networks.ts";
import { unitsOf } from "./kernels/conv_cases.ts";

const PLANS = Object.entries(NETWORKS).flatMap(([name, options]) =>
  ([
    ["relaxed"],
    ["plain"],
    ["wide"],
    ["relaxed", "plain"],
    ["wide", "plain"],
  ] as const).map(([kernels, bytes]) => ({
    name: [name, kernels, ...bytes ? ["of 7 bits"] : []].join(", "),
    plan: planGraph(inceptionV3(options), kernels, bytes),
  }))
);

Deno.test("planGraph() lets kernels read a whole vector beyond an activation", () => {
  for (const { name, plan } of PLANS) {
    for (const step of plan.levels.flat()) {
      if (!("input" in step && "buffer" in step.input)) continue;
      const { shape: [height], frameY, rowBytes, offset } = step.input.buffer;
      const end = offset + (height + frameY) * rowBytes;
      assert.ok(end + 16 <= plan.arenaBytes, `${name}: ${step.node.name}`);
    }
  }
});

Deno.test("planGraph() splits steps into tasks that cover all, and nothing twice", () => {
  for (const { name, plan } of PLANS) {
    for (const step of plan.levels.flat()) {
      const { tasks } = step;
      assert.ok(Number.isSafeInteger(tasks) && tasks >= 1, name);
      if (step.op === "conv") {
        const [height, width, channels] = shapeOf(step.output);
        const { taskPixels, taskPanels, winograd } = step;
        assert.ok(taskPixels <= TASK_PIXELS, name);
        const all = unitsOf(winograd, step.node.kernel, [height, width, 0]);
        const panels = Math.ceil(channels / 8);
        const groups = Math.ceil(panels / taskPanels);
        // Split like the kernels do.
        let done = 0;
        for (let task = 0; task < tasks; task++) {
          const firstPixel = Math.floor(task / groups) * taskPixels;
          const firstPanel = task % groups * taskPanels;
          const ownPixels = Math.min(taskPixels, all - firstPixel);
          const ownPanels = Math.min(taskPanels, panels - firstPanel);
          assert.ok(ownPixels > 0 && ownPanels > 0, name);
          done += ownPixels * ownPanels;
        }
        assert.equal(done, all * panels, name);
      } else if (step.op === "maxPool" || step.op === "avgPool") {
        const [height] = step.output.buffer.shape;
        assertCovered(height, step.taskRows, tasks);
      } else if (step.op === "dense") {
        assertCovered(step.node.units, step.taskUnits, tasks);
      } else {
        assert.equal(tasks, 1, name);
      }
    }
  }
});

Deno.test("planGraph() gives Winograd's kernels what they compute exactly, and faster than others", () => {
  const found = new Map<string, number>();
  for (const { name, plan } of PLANS) {
    let count = 0;
    for (const step of plan.levels.flat()) {
      if (step.op !== "conv" || step.winograd === null) continue;
      count++;
      const { kernel, stride } = step.node;
      const [height, width] = step.output.buffer.shape;
      const { pixelBytes } = step.input.buffer;
      assert.equal(stride, 1, name);
      assert.equal(pixelBytes % 8, 0, name);
      // The sums of the largest products.
      const most = kernel[0] * kernel[1] * pixelBytes * 255 * 128;
      if (step.winograd === "convWinograd") {
        assert.deepEqual(kernel, [3, 3], name);
        assert.ok(Math.min(height, width) >= 4, name);
        assert.ok(most < 2 ** 25, name);
      } else {
        assert.deepEqual([...kernel].sort(), [1, 7], name);
        assert.ok((kernel[0] === 7 ? height : width) >= 3, name);
        assert.ok(most < 2 ** 28, name);
      }
    }
    found.set(name, count);
  }
  assert.equal(found.get("full, plain"), 10 + 26);
  assert.equal(found.get("full, relaxed"), 0);
  assert.equal(found.get("full, wide"), 0);
  // The other kernels there are as fast for lines, or faster.
  assert.equal(found.get("full, relaxed, of 7 bits"), 10);
  // The layers that read the first two activations, whose codes have 8 bits.
  assert.equal(found.get("full, wide, of 7 bits"), 2);
});

Deno.test("planGraph() gives wide kernels all convolutions and average pools", () => {
  for (const { name, plan } of PLANS) {
    const isWide = name === "full, wide";
    if (!isWide && !/^full, (relaxed|plain)$/.test(name)) continue;
    for (const step of plan.levels.flat()) {
      if (step.op !== "conv" && step.op !== "avgPool") continue;
      assert.equal(step.isWide, isWide, `${name}: ${step.node.name}`);
    }
  }
});

function shapeOf({ buffer: { shape }, channels }: Slice) {
  return [shape[0], shape[1], channels] as const;
}

function assertCovered(all: number, each: number, tasks: number) {
  assert.ok(tasks * each >= all && (tasks - 1) * each < all);
}
