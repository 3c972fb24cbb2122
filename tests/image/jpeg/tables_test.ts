import assert from "node:assert/strict";
import { CorruptImageError } from "../../../src/errors.ts";
import {
  readHuffmanTables,
  readQuantizationTables,
} from "../../../src/image/jpeg/tables.ts";

Deno.test("readQuantizationTables() reads several tables, of 8 and of 16 bits", () => {
  const bytes = Uint8Array.from([
    0x02,
    ...new Array(64).fill(7),
    0x13,
    ...new Array(64).fill([1, 4]).flat(),
  ]);
  assert.deepEqual([...readQuantizationTables(bytes)], [
    [2, new Uint16Array(64).fill(7)],
    [3, new Uint16Array(64).fill(260)],
  ]);
});

Deno.test("readQuantizationTables() refuses other numbers, precisions and lengths", () => {
  for (
    const bytes of [
      [0x04, ...new Array(64).fill(1)],
      [0x20, ...new Array(256).fill(1)],
      [0x00, ...new Array(63).fill(1)],
    ]
  ) {
    assert.throws(
      () => [...readQuantizationTables(Uint8Array.from(bytes))],
      CorruptImageError,
    );
  }
});

Deno.test("readHuffmanTables() reads several tables", () => {
  const bytes = Uint8Array.from([
    ...table(0x00, { 1: 1, 2: 1 }, [4, 5]),
    ...table(0x13, { 16: 2 }, [0xf0, 0xff]),
  ]);
  const [first, second] = [...readHuffmanTables(bytes)];
  assert.deepEqual(first!.slice(0, 2), ["dc", 0]);
  assert.deepEqual([...first![2].subarray(16)], [4, 5]);
  assert.deepEqual(second!.slice(0, 2), ["ac", 3]);
});

Deno.test("readHuffmanTables() takes a code that is full", () => {
  const bytes = Uint8Array.from(table(0x10, { 1: 1, 2: 2 }, [1, 2, 3]));
  assert.equal([...readHuffmanTables(bytes)].length, 1);
});

Deno.test("readHuffmanTables() refuses what is no code", () => {
  const cases: Record<string, number[]> = {
    "over-subscribed": table(0x10, { 1: 2, 2: 1 }, [1, 2, 3]),
    "over-subscribed, then within": table(0x10, { 1: 3 }, [1, 2, 3]),
    "of another kind": table(0x20, { 1: 1 }, [1]),
    "of another number": table(0x04, { 1: 1 }, [1]),
    "without its symbols": table(0x10, { 4: 4 }, [1, 2, 3]),
    "of too many symbols": table(
      0x10,
      { 9: 200, 10: 57 },
      new Array(257).fill(1),
    ),
    "of a DC difference of 16 bits": table(0x00, { 1: 1 }, [16]),
    "cut in its counts": [0x10, 0, 0],
  };
  for (const [name, bytes] of Object.entries(cases)) {
    assert.throws(
      () => [...readHuffmanTables(Uint8Array.from(bytes))],
      CorruptImageError,
      name,
    );
  }
});

function table(
  destination: number,
  counts: Readonly<Record<number, number>>,
  symbols: readonly number[],
): number[] {
  const all = Array.from({ length: 16 }, (_, i) => counts[i + 1] ?? 0);
  return [destination, ...all, ...symbols];
}
