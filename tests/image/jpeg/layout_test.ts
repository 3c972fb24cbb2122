import assert from "node:assert/strict";
import { planMemory } from "../../../src/image/jpeg/layout.ts";
import { parseJpeg } from "../../../src/image/jpeg/parse.ts";
import {
  type Denominator,
  planDecoding,
} from "../../../src/image/jpeg/plan.ts";
import { jpegFixture } from "./fixtures.ts";

const MIB = 2 ** 20;

/** The memory of a fixture if it had 4000 x 3000 pixels. */
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

type Sampling = readonly (readonly [h: number, v: number])[];

/** The samplings of photos and common programs. */
const COLOUR_420: Sampling = [[2, 2], [1, 1], [1, 1]];
const COLOUR_444: Sampling = [[1, 1], [1, 1], [1, 1]];
const ANY: readonly Sampling[] = [
  COLOUR_420,
  COLOUR_444,
  [[1, 1]],
  [[2, 1], [1, 1], [1, 1]],
  [[1, 1], [1, 1], [1, 1], [1, 1]],
  [[2, 2], [1, 1], [1, 1], [2, 2]],
];

/** The memory of a JPEG of another size than the fixture's, in bytes. */
function bytesOf(
  [width, height]: readonly [number, number],
  sampling: Sampling,
  isProgressive: boolean,
  denominator: Denominator,
): number {
  const parsed = parseJpeg(jpegFixture("baseline_420"), false);
  const components = sampling.map(([h, v], id) => ({
    id,
    h,
    v,
    quantization: 0,
  }));
  const scans = [{ ...parsed.scans[0]!, components: components.map(dcOnly) }];
  const frame = { width, height, isProgressive, components };
  const plan = planDecoding({ ...parsed, frame, scans }, denominator);
  return planMemory(plan).bytes;
}

const dcOnly = (_: unknown, index: number) => ({
  index,
  dc: undefined,
  ac: undefined,
});

/** The table of docs/api.md: bytes per pixel of a row, and per pixel. */
const COUNTED = [
  [1, { row: [120, 83, 49, 152], pixel: [3.2, 6.4, 2.1, 8.5] }],
  [2, { row: [42, 22, 12, 51], pixel: [1.7, 1.9, 0.6, 2.5] }],
  [4, { row: [11, 6, 3, 13], pixel: [0.57, 0.75, 0.25, 1] }],
  [8, { row: [3, 2, 1, 4], pixel: [0.38, 0.75, 0.25, 1] }],
] as const;

for (const [denominator, { row, pixel }] of COUNTED) {
  Deno.test(`planMemory() at 1/${denominator} takes what docs/api.md says`, () => {
    for (const size of [[4032, 3024], [8160, 6144], [16320, 12240]] as const) {
      const [width, height] = size;
      const rowBytes = (it: Sampling) =>
        (bytesOf(size, it, false, denominator) - 88_000) / width;
      const pixelBytes = (it: Sampling) =>
        (bytesOf(size, it, true, denominator) -
          bytesOf(size, it, false, denominator)) / (width * height);
      for (
        const [bytes, [of420, of444, least, most], within] of [
          [rowBytes, row, 1],
          [pixelBytes, pixel, 0.05],
        ] as const
      ) {
        const differs = (sampling: Sampling, expected: number) =>
          Math.abs(bytes(sampling) - expected);
        assert.ok(differs(COLOUR_420, of420) <= within);
        assert.ok(differs(COLOUR_444, of444) <= within);
        for (const it of ANY) {
          assert.ok(bytes(it) > least - within, `${bytes(it)} of ${it}`);
          assert.ok(bytes(it) < most + within, `${bytes(it)} of ${it}`);
        }
      }
    }
  });
}

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
