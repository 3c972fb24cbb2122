import assert from "node:assert/strict";
import {
  delimited,
  encode,
  float,
  message,
  varint,
} from "../../../src/export/onnx/encode_protobuf.ts";

// The expected bytes are from protobuf.dev/programming-guides/encoding.

Deno.test("a whole number goes in sevens of bits, the lowest first", () => {
  assert.deepEqual([...encode(varint(1, 150))], [0x08, 0x96, 0x01]);
  assert.deepEqual([...encode(varint(1, 0))], [0x08, 0]);
  assert.deepEqual([...encode(varint(1, 127))], [0x08, 127]);
});

Deno.test("a number of more than 32 bits is whole", () => {
  const bytes = [0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
  assert.deepEqual([...encode(varint(1, 2 ** 35))], bytes);
});

Deno.test("a field above 15 takes two bytes for its tag", () => {
  assert.deepEqual([...encode(varint(20, 1))], [0xa0, 0x01, 0x01]);
});

Deno.test("text has its length in bytes in front", () => {
  const bytes = [0x12, 7, ...new TextEncoder().encode("testing")];
  assert.deepEqual([...encode(delimited(2, "testing"))], bytes);
  assert.deepEqual([...encode(delimited(2, "é"))], [0x12, 2, 0xc3, 0xa9]);
});

Deno.test("a message in a message has its length in front", () => {
  const inner = varint(1, 150);
  const bytes = [0x1a, 3, 0x08, 0x96, 0x01];
  assert.deepEqual([...encode(delimited(3, inner))], bytes);
  const twice = message(delimited(3, inner), delimited(3, inner));
  assert.deepEqual([...encode(twice)], [...bytes, ...bytes]);
});

Deno.test("a float is four bytes, the lowest first", () => {
  assert.deepEqual([...encode(float(2, 1))], [0x15, 0, 0, 0x80, 0x3f]);
});
