import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import {
  align,
  type Lifetime,
  planArena,
} from "../../../src/backends/int8/arena.ts";

const lifetimes = fc.array(
  fc.record({
    bytes: fc.nat({ max: 2000 }),
    firstUse: fc.nat({ max: 12 }),
    levels: fc.nat({ max: 6 }),
  }).map(({ bytes, firstUse, levels }): Lifetime => ({
    bytes,
    firstUse,
    lastUse: firstUse + levels,
  })),
  { maxLength: 40 },
);

Deno.test("planArena() lays nothing over what lives at once", () => {
  fc.assert(fc.property(lifetimes, (lifetimes) => {
    const { offsets } = planArena(lifetimes);
    assert.equal(offsets.length, lifetimes.length);
    for (const [i, a] of lifetimes.entries()) {
      for (const [j, b] of lifetimes.slice(0, i).entries()) {
        const together = a.firstUse <= b.lastUse && b.firstUse <= a.lastUse;
        const apart = offsets[i]! + a.bytes <= offsets[j]! ||
          offsets[j]! + b.bytes <= offsets[i]!;
        assert.ok(!together || apart, `${j} and ${i} overlap`);
      }
    }
  }));
});

Deno.test("planArena() keeps all inside, at multiples of 64", () => {
  fc.assert(fc.property(lifetimes, (lifetimes) => {
    const { offsets, bytes } = planArena(lifetimes);
    for (const [i, offset] of offsets.entries()) {
      assert.ok(offset >= 0 && offset % 64 === 0);
      assert.ok(offset + lifetimes[i]!.bytes <= bytes);
    }
    const all = lifetimes.reduce((sum, it) => sum + align(it.bytes), 0);
    assert.ok(bytes <= all && bytes % 64 === 0);
  }));
});

Deno.test("planArena() lays over each other what doesn't live at once", () => {
  const { offsets, bytes } = planArena([
    { bytes: 100, firstUse: 0, lastUse: 1 },
    { bytes: 200, firstUse: 1, lastUse: 2 },
    { bytes: 128, firstUse: 2, lastUse: 3 },
  ]);
  assert.deepEqual(offsets, [256, 0, 256]);
  assert.equal(bytes, 384);
});

Deno.test("planArena() fills a gap that is wide enough", () => {
  const { offsets, bytes } = planArena([
    { bytes: 640, firstUse: 0, lastUse: 0 },
    { bytes: 320, firstUse: 0, lastUse: 1 },
    { bytes: 64, firstUse: 1, lastUse: 1 },
  ]);
  assert.deepEqual(offsets, [0, 640, 0]);
  assert.equal(bytes, 960);
});

Deno.test("planArena() needs nothing for nothing", () => {
  assert.deepEqual(planArena([]), { offsets: [], bytes: 0 });
});

Deno.test("align() gives the next multiple of 64", () => {
  assert.deepEqual([0, 1, 64, 65].map(align), [0, 64, 64, 128]);
});
