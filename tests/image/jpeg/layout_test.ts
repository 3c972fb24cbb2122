import assert from "node:assert/strict";
import { planMemory } from "../../../src/image/jpeg/layout.ts";
import { parseJpeg } from "../../../src/image/jpeg/parse.ts";
import {
  type Denominator,
  planDecoding,
} from "../../../src/image/jpeg/plan.ts";
import { jpegFixture } from "./fixtures.ts";

const MIB = 2 ** 20;

/** Of a fixture that were 4000 x 3000 pixels. */
function megabytes(name: string, denominator: Denominator): number {
  const parsed = parseJpeg(jpegFixture(name), false);
  const frame = { ...parsed.frame, width: 4000, height: 3000 };
  const plan = planDecoding(
    { ...parsed, frame },
    denominator,
  );
  return planMemory(plan).bytes / MIB;
}

Deno.test("planMemory() takes half a megabyte for 12 megapixels, if nothing is stored", () => {
  assert.ok(megabytes("baseline_420", 1) < 0.6);
  assert.ok(megabytes("baseline_420", 4) < 0.25);
});

Deno.test("planMemory() stores the coefficients that the scale needs, and no others", () => {
  const sizes = ([1, 2, 4, 8] as const).map((it) =>
    Math.round(megabytes("progressive_420", it))
  );
  assert.deepEqual(sizes, [37, 20, 7, 4]);
});

Deno.test("planMemory() lets nothing overlap", () => {
  const parsed = parseJpeg(jpegFixture("progressive_mixed"), false);
  const plan = planDecoding(parsed);
  const layout = planMemory(plan);
  const starts = [
    layout.scan,
    layout.frame,
    ...layout.components.flatMap((it) => [it.record, it.factors, it.places]),
    layout.block,
    layout.huffman,
    layout.definition,
    layout.window,
    layout.lines,
    layout.pixels,
    ...layout.components.map(({ samples }) => samples),
    ...layout.components.map(({ blocks }) => blocks),
    layout.bytes,
  ];
  assert.deepEqual(starts, starts.toSorted((a, b) => a - b));
  assert.equal(new Set(starts).size, starts.length);
});
