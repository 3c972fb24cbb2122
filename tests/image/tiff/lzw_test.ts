import assert from "node:assert/strict";
import { openLzw } from "../../../src/image/tiff/lzw.ts";
import { below } from "../../mutations.ts";
import { randomNumbers } from "../../random.ts";

/** Compresses as TIFF 6.0 specifies; if `clears`, with a Clear when the table is full. */
function lzw(data: Uint8Array, clears = true): Uint8Array {
  const bytes: number[] = [];
  let buffer = 0n;
  let count = 0n;
  let bits = 9n;
  const write = (code: number) => {
    buffer = buffer << bits | BigInt(code);
    count += bits;
    while (count >= 8n) {
      count -= 8n;
      bytes.push(Number(buffer >> count & 255n));
    }
    buffer &= 255n;
  };
  let table = new Map<string, number>();
  let next = 258;
  write(256);
  let text = "";
  const codeOf = (text: string) => table.get(text) ?? text.charCodeAt(0);
  for (const byte of data) {
    const longer = text + String.fromCharCode(byte);
    if (text === "" || table.has(longer)) {
      text = longer;
      continue;
    }
    write(codeOf(text));
    text = String.fromCharCode(byte);
    if (next === 4095) continue;
    table.set(longer, next++);
    if (next === 512 || next === 1024 || next === 2048) bits++;
    if (next === 4095 && clears) {
      write(256);
      table = new Map();
      next = 258;
      bits = 9n;
    }
  }
  write(codeOf(text));
  write(257);
  write(0);
  return Uint8Array.from(bytes);
}

const random = randomNumbers(5);
const SAMPLES: Readonly<Record<string, Uint8Array>> = {
  noise: Uint8Array.from({ length: 60_000 }, () => below(random, 256)),
  "few levels": Uint8Array.from({ length: 90_000 }, () => below(random, 3)),
  "one level": new Uint8Array(300_000).fill(9),
};

for (const [name, data] of Object.entries(SAMPLES)) {
  for (const clears of [true, false]) {
    Deno.test(`openLzw() expands ${name} ${clears ? "with" : "without"} clearing the table`, () => {
      const fill = openLzw(lzw(data, clears));
      const found = new Uint8Array(data.length);
      // Rows of various lengths, so that strings cross their ends.
      for (let at = 0, i = 1; at < found.length; i = i % 700 + 1) {
        const end = Math.min(at + i, found.length);
        fill(found.subarray(at, end));
        at = end;
      }
      assert.deepEqual(found, data);
      assert.throws(() => fill(new Uint8Array(1)), /data ends/);
    });
  }
}

Deno.test("openLzw() refuses codes that aren't in the table", () => {
  // Clear, and 300; then Clear, 65, and 300.
  for (const codes of [[256, 300], [256, 65, 300], [256, 65, 260]]) {
    let buffer = 0n;
    for (const code of codes) buffer = buffer << 9n | BigInt(code);
    buffer <<= 72n - BigInt(codes.length) * 9n;
    const data = Uint8Array.from(
      { length: 9 },
      (_, i) => Number(buffer >> BigInt(64 - i * 8) & 255n),
    );
    assert.throws(() => openLzw(data)(new Uint8Array(20)), /as LZW/);
  }
});

Deno.test("openLzw() refuses LZW of the old kind by name", () => {
  assert.throws(() => openLzw(Uint8Array.of(0, 1, 2)), {
    name: "UnsupportedImageError",
    format: "TIFF compressed as LZW of the old kind",
  });
});
