import assert from "node:assert/strict";
import { UnsupportedImageError } from "../../../src/errors.ts";
import { type ParsedJpeg, parseJpeg } from "../../../src/image/jpeg/parse.ts";
import {
  type Denominator,
  type Plan,
  planDecoding,
} from "../../../src/image/jpeg/plan.ts";
import type { Region } from "../../../src/image/rows.ts";
import { jpegFixture } from "./fixtures.ts";
import { FACTORS, frame, huffman, jpeg, scan } from "./hand_made.ts";

/** Plans for fixtures of 53 x 43 pixels. */
const plan = (name: string, denominator: Denominator, region?: Region) =>
  planOf(parseJpeg(jpegFixture(name), false), denominator, region);

function planOf(
  parsed: ParsedJpeg,
  denominator: Denominator,
  region?: Region,
): Plan {
  return planDecoding(parsed, denominator, region);
}

Deno.test("planDecoding() rounds sizes up at every scale", () => {
  const sizes = ([1, 2, 4, 8] as const).map((denominator) => {
    const { width, height, rows, columns, rowHeight } = plan(
      "baseline_420",
      denominator,
    );
    return [width, height, columns, rows, rowHeight];
  });
  assert.deepEqual(sizes, [
    [53, 43, 4, 3, 16],
    [27, 22, 4, 3, 8],
    [14, 11, 4, 3, 4],
    [7, 6, 4, 3, 2],
  ]);
});

Deno.test("planDecoding() gives 4:2:0 chroma its own scale rather than enlarge it", () => {
  const chroma = (name: string, denominator: Denominator) => {
    const { side, expandX, expandY, smooth } = plan(name, denominator)
      .components[1]!;
    return [side, expandX, expandY, smooth];
  };
  assert.deepEqual(chroma("baseline_420", 1), [8, 2, 2, true]);
  assert.deepEqual(chroma("baseline_420", 2), [8, 1, 1, false]);
  assert.deepEqual(chroma("baseline_420", 8), [2, 1, 1, false]);
  // Blocks are square: a resolution missing on only one axis is interpolated.
  assert.deepEqual(chroma("baseline_422", 2), [4, 2, 1, true]);
  assert.deepEqual(chroma("baseline_422", 8), [1, 2, 1, false]);
  assert.deepEqual(chroma("baseline_410", 1), [8, 4, 2, false]);
});

Deno.test("planDecoding() waits a row where the next one is interpolated with", () => {
  assert.equal(plan("baseline_420", 1).delay, 1);
  assert.equal(plan("baseline_440", 1).delay, 1);
  assert.equal(plan("baseline_422", 1).delay, 0);
  assert.equal(plan("baseline_420", 2).delay, 0);
});

Deno.test("planDecoding() stores blocks only where scans share them", () => {
  assert.ok(!plan("baseline_420", 1).isStored);
  assert.ok(!plan("grey", 1).isStored);
  assert.ok(plan("separate_scans", 1).isStored);
  assert.ok(plan("progressive_grey", 1).isStored);
});

Deno.test("planDecoding() needs the MCUs about the region and no others", () => {
  const region = { left: 18, top: 0, right: 30, bottom: 5 };
  const { firstColumn, endColumn } = plan("baseline_420", 1, region);
  assert.deepEqual([firstColumn, endColumn], [1, 2]);
  const wider = plan("baseline_420", 1, { ...region, left: 17, right: 31 });
  assert.deepEqual([wider.firstColumn, wider.endColumn], [0, 3]);
});

Deno.test("planDecoding() refuses samples that are 1.5 pixels apart", () => {
  const parsed = parseJpeg(
    jpeg(
      FACTORS,
      frame({ sampling: [0x31, 0x21, 0x11] }),
      huffman("dc", 0),
      huffman("ac", 0),
      [0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0],
    ),
    false,
  );
  assert.throws(() => planOf(parsed, 1), UnsupportedImageError);
});

Deno.test("planDecoding() takes a scan of one component by its blocks", () => {
  const parsed = parseJpeg(
    jpeg(
      FACTORS,
      frame({ width: 20, height: 9, sampling: [0x22] }),
      huffman("dc", 0),
      huffman("ac", 0),
      scan([]),
    ),
    false,
  );
  const { columns, rows, components } = planOf(parsed, 1);
  assert.deepEqual([columns, rows], [3, 2]);
  assert.deepEqual(
    [components[0]!.blocksAcross, components[0]!.blocksDown],
    [3, 2],
  );
});
