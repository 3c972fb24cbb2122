import assert from "node:assert/strict";
import {
  CorruptImageError,
  UnsupportedImageError,
} from "../../../src/errors.ts";
import { parseJpeg } from "../../../src/image/jpeg/parse.ts";
import { FACTORS, frame, huffman, jpeg, scan, segment } from "./hand_made.ts";
import { jpegFixture } from "./fixtures.ts";

const DC = huffman("dc", 0);
const AC = huffman("ac", 0);

Deno.test("parseJpeg() finds a scan, its data, and what was defined before it", () => {
  const { frame, colorSpace, quantization, scans } = parseJpeg(
    jpeg(FACTORS, frameOf(), DC, segment(0xdd, [1, 2]), AC, scan([7, 0xff, 0])),
    false,
  );
  assert.deepEqual([frame.width, frame.height], [8, 8]);
  assert.equal(colorSpace, "grey");
  assert.deepEqual(quantization, [new Uint16Array(64).fill(1)]);
  const [only] = scans;
  assert.equal(scans.length, 1);
  assert.equal(only!.kind, "sequential");
  assert.equal(only!.restartInterval, 258);
  assert.deepEqual([...only!.data], [7, 0xff, 0]);
});

Deno.test("parseJpeg() keeps restart markers in a scan's data", () => {
  const { scans } = parseJpeg(
    jpeg(FACTORS, frameOf(), DC, AC, scan([1, 0xff, 0xd0, 2])),
    false,
  );
  assert.deepEqual([...scans[0]!.data], [1, 0xff, 0xd0, 2]);
});

Deno.test("parseJpeg() takes the tables that a scan was preceded by, not later ones", () => {
  const { scans, quantization } = parseJpeg(
    jpeg(
      FACTORS,
      frameOf({ progressive: true }),
      huffman("dc", 3),
      scan([1], 0, 0, 1),
      huffman("dc", 5),
      segment(0xdb, [0, ...new Array(64).fill(9)]),
      scan([1], 0, 0, 1),
    ),
    false,
  );
  assert.deepEqual(scans.map((it) => it.components[0]!.dc![16]), [3, 5]);
  assert.equal(quantization[0]![0], 1);
});

Deno.test("parseJpeg() finds all scans of a progressive photo", () => {
  const { frame, scans } = parseJpeg(jpegFixture("progressive_420"), false);
  assert.ok(frame.isProgressive);
  assert.deepEqual(
    new Set(scans.map(({ kind }) => kind)),
    new Set(["firstDc", "firstAc", "refineAc", "refineDc"]),
  );
});

Deno.test("parseJpeg() refuses a truncated file, or parses as much as it has", () => {
  const whole = jpeg(FACTORS, frameOf(), DC, AC, scan([1, 2, 3, 4]));
  for (let cut = 2; cut < whole.length; cut++) {
    assert.throws(() => parseJpeg(whole.subarray(0, cut), false), {
      name: "CorruptImageError",
      message: /truncated/,
    });
  }
  const { scans } = parseJpeg(whole.subarray(0, -4), true);
  assert.deepEqual([...scans[0]!.data], [1, 2]);
});

Deno.test("parseJpeg() refuses what contradicts itself", () => {
  const cases: Record<string, Uint8Array> = {
    "no frame": jpeg(FACTORS, DC, AC),
    "a scan before its frame": jpeg(FACTORS, DC, AC, scan([]), frameOf()),
    "no scan": jpeg(FACTORS, frameOf(), DC, AC),
    "no quantization table": jpeg(frameOf(), DC, AC, scan([])),
    "no DC table": jpeg(FACTORS, frameOf(), AC, scan([])),
    "no AC table": jpeg(FACTORS, frameOf(), DC, scan([])),
    "a component without a scan": jpeg(
      FACTORS,
      frameOf({ sampling: [0x11, 0x11, 0x11] }),
      DC,
      AC,
      scan([]),
    ),
    "a restart interval that is cut short": jpeg(segment(0xdd, [1]), frameOf()),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    assert.throws(() => parseJpeg(bytes, false), CorruptImageError, name);
  }
});

Deno.test("parseJpeg() refuses four components without Adobe's marker", () => {
  const sampling = [0x11, 0x11, 0x11, 0x11];
  const all = segment(0xda, [4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]);
  const bytes = jpeg(FACTORS, frameOf({ sampling }), DC, AC, all);
  assert.throws(() => parseJpeg(bytes, false), UnsupportedImageError);
});

Deno.test("parseJpeg() refuses more than 100 scans", () => {
  const scans = (count: number) =>
    jpeg(
      FACTORS,
      frameOf({ progressive: true }),
      DC,
      ...new Array(count).fill(scan([], 0, 0)),
    );
  assert.equal(parseJpeg(scans(100), false).scans.length, 100);
  assert.throws(() => parseJpeg(scans(101), false), /more than 100 scans/);
});

Deno.test("parseJpeg() refuses fewer scans of a huge image", () => {
  const scans = (count: number) =>
    jpeg(
      FACTORS,
      frameOf({ progressive: true, width: 8000, height: 8000 }),
      DC,
      ...new Array(count).fill(scan([], 0, 0)),
    );
  assert.equal(parseJpeg(scans(60), false).scans.length, 60);
  assert.throws(
    () => parseJpeg(scans(61), false),
    /61 scans of 8000x8000 pixels are more than any encoder writes/,
  );
});

const frameOf = (options: Parameters<typeof frame>[0] = {}) => frame(options);
