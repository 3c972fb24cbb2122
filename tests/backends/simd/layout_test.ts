import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { align } from "../../../src/backends/int8/arena.ts";
import { planMemory } from "../../../src/backends/simd/layout.ts";
import { planGraph } from "../../../src/backends/simd/plan.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";

const MIB = 2 ** 20;

const plan = planGraph(inceptionV3(), "relaxed");

const layouts = fc.record({
  weightBytes: fc.nat({ max: 30 * MIB }),
  slots: fc.integer({ min: 1, max: 4 }),
  extraThreads: fc.nat({ max: 4 }),
}).map(({ weightBytes, slots, extraThreads }) => {
  const threads = slots + extraThreads;
  const layout = planMemory({ ...plan, weightBytes }, slots, threads);
  assert.equal(layout.slots.length, slots);
  assert.equal(layout.scratch.length, threads);
  const ranges = [
    { at: layout.weights, bytes: weightBytes },
    { at: layout.tables, bytes: plan.tableBytes },
    ...layout.slots.flatMap(({ program, vectors, arena }) => [
      { at: program, bytes: plan.programBytes },
      { at: vectors, bytes: plan.vectorBytes },
      { at: arena, bytes: plan.arenaBytes },
    ]),
    ...layout.scratch.map((at) => ({ at, bytes: plan.scratchBytes })),
  ];
  return { layout, ranges };
});

Deno.test("planMemory() gives everything its own memory, at multiples of 64", () => {
  fc.assert(fc.property(layouts, ({ layout, ranges }) => {
    let end = 64; // No address is 0.
    for (const { at, bytes } of ranges) {
      assert.equal(at % 64, 0);
      assert.ok(at >= end);
      end = at + bytes;
    }
    assert.ok(end <= layout.bytes);
  }));
});

Deno.test("planMemory() takes no more than the plan counts", () => {
  fc.assert(fc.property(layouts, ({ layout, ranges }) => {
    const bytes = ranges.reduce((sum, it) => sum + align(it.bytes), 64);
    assert.equal(layout.bytes, bytes);
  }));
});

Deno.test("planMemory() adds to the weights of a 299 x 299 network at most 4 MiB", () => {
  for (const kernels of ["relaxed", "plain"] as const) {
    const plan = planGraph(inceptionV3(), kernels);
    const { bytes } = planMemory({ ...plan, weightBytes: 0 }, 1, 1);
    assert.ok(bytes <= 4 * MIB, `${kernels}: ${bytes} bytes`);
  }
});
