import assert from "node:assert/strict";
import { CorruptImageError } from "../../../src/errors.ts";
import type { Frame } from "../../../src/image/jpeg/frame.ts";
import { readScanHeader } from "../../../src/image/jpeg/scan.ts";

const TABLE = new Uint8Array(17);
const TABLES = { dc: [TABLE], ac: [TABLE] };

function frameOf(
  ids: readonly number[],
  { isProgressive = false, h = 1, v = 1 } = {},
): Frame {
  return {
    width: 8,
    height: 8,
    isProgressive,
    components: ids.map((id) => ({ id, h, v, quantization: 0 })),
  };
}

const read = (frame: Frame, ...body: number[]) =>
  readScanHeader(Uint8Array.from(body), frame, TABLES);

Deno.test("readScanHeader() reads a sequential scan and ignores its band", () => {
  const scan = read(frameOf([4, 9, 7]), 2, 9, 0, 4, 0, 3, 2, 0x21);
  assert.deepEqual(scan, {
    kind: "sequential",
    components: [{ index: 1, dc: TABLE, ac: TABLE }, {
      index: 0,
      dc: TABLE,
      ac: TABLE,
    }],
    first: 0,
    last: 63,
    shift: 0,
  });
});

Deno.test("readScanHeader() tells the four kinds of progressive scans", () => {
  const frame = frameOf([1], { isProgressive: true });
  for (
    const [first, last, bits, kind] of [
      [0, 0, 0x01, "firstDc"],
      [0, 0, 0x10, "refineDc"],
      [1, 63, 0x02, "firstAc"],
      [5, 9, 0x21, "refineAc"],
    ] as const
  ) {
    const scan = read(frame, 1, 1, 0, first, last, bits);
    assert.deepEqual(
      [scan.kind, scan.first, scan.last, scan.shift],
      [kind, first, last, bits & 15],
    );
  }
});

Deno.test("readScanHeader() pairs components of the same id in order", () => {
  const { components } = read(
    frameOf([1, 1, 1]),
    3,
    1,
    0,
    1,
    0,
    1,
    0,
    0,
    63,
    0,
  );
  assert.deepEqual(components.map(({ index }) => index), [0, 1, 2]);
});

Deno.test("readScanHeader() asks for the tables that the scan needs, and no others", () => {
  const frame = frameOf([1], { isProgressive: true });
  const none = { dc: [], ac: [] };
  const header = (...band: number[]) => Uint8Array.from([1, 1, 0, ...band]);
  readScanHeader(header(0, 0, 0x10), frame, none);
  readScanHeader(header(0, 0, 0), frame, { ...TABLES, ac: [] });
  readScanHeader(header(1, 5, 0), frame, { ...TABLES, dc: [] });
  for (const band of [[0, 0, 0], [1, 5, 0], [1, 5, 0x10]]) {
    assert.throws(
      () => readScanHeader(header(...band), frame, none),
      /Huffman table that isn't there/,
    );
  }
});

Deno.test("readScanHeader() refuses scans that there can't be", () => {
  const progressive = frameOf([1, 2, 3], { isProgressive: true });
  const cases: Record<string, () => unknown> = {
    "empty": () => read(frameOf([1])),
    "of no component": () => read(frameOf([1]), 0, 0, 63, 0),
    "of more components than there are": () =>
      read(frameOf([1]), 2, 1, 0, 1, 0, 0, 63, 0),
    "cut short": () => read(frameOf([1]), 1, 1, 0, 0, 63),
    "of another component": () => read(frameOf([1]), 1, 2, 0, 0, 63, 0),
    "of a component twice": () =>
      read(frameOf([1, 2]), 2, 1, 0, 1, 0, 0, 63, 0),
    "of another table": () => read(frameOf([1]), 1, 1, 0x11, 0, 63, 0),
    "of 12 blocks": () =>
      read(frameOf([1, 2, 3], { h: 2, v: 2 }), 3, 1, 0, 2, 0, 3, 0, 0, 63, 0),
    "of DC and AC": () => read(progressive, 1, 1, 0, 0, 5, 0),
    "of AC of two components": () => read(progressive, 2, 1, 0, 2, 0, 1, 5, 0),
    "of a band that ends before it begins": () =>
      read(progressive, 1, 1, 0, 6, 5, 0),
    "beyond coefficient 63": () => read(progressive, 1, 1, 0, 6, 64, 0),
    "of two bits at once": () => read(progressive, 1, 1, 0, 1, 5, 0x20),
    "of bit 14": () => read(progressive, 1, 1, 0, 1, 5, 0x0e),
  };
  for (const [name, action] of Object.entries(cases)) {
    assert.throws(action, CorruptImageError, name);
  }
});
