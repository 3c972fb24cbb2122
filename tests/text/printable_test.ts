import assert from "node:assert/strict";
import { printable, printableJson } from "../../src/text/printable.ts";

Deno.test("printable() leaves no character that gives a terminal an order", () => {
  const orders = [
    ...Array.from({ length: 32 }, (_, i) => i),
    ...Array.from({ length: 33 }, (_, i) => 0x7f + i),
    ...[0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069],
  ].map((it) => String.fromCharCode(it));
  for (const it of orders) {
    assert.equal(printable(`a${it}b`), "a\ufffdb", JSON.stringify(it));
  }
});

Deno.test("printable() leaves text of all scripts as it is", () => {
  const text = "Löwe, 狮子, أسد, 🦁, e\u0301, a\u00a0b";
  assert.equal(printable(text), text);
});

Deno.test("printableJson() has the same value, without raw control characters", () => {
  const value = { label: 'a\x1b[2J\x7f\x9b31m\u202e"\n', "\x85": [1, null] };
  const json = printableJson(value);
  assert.deepEqual(JSON.parse(json), value);
  assert.equal(printable(json), json);
});
