import assert from "node:assert/strict";
import {
  delimited,
  encode,
  float,
  message,
  varint,
} from "../../src/export/onnx/encode_protobuf.ts";
import { CorruptWeightsError } from "../../src/errors.ts";
import { protoMessage } from "../../src/weights/protobuf.ts";

Deno.test("protoMessage() reads fields of each type, in any order", () => {
  const inner = message(varint(1, 7), delimited(2, "seven"));
  const read = protoMessage(
    encode(message(
      delimited(16, inner),
      float(3, 0.5),
      varint(1, 300),
      delimited(2, "Mixed_7c é"),
      delimited(4, Uint8Array.of(1, 2, 3)),
    )),
    "the message",
  );
  assert.equal(read.int(1), 300);
  assert.equal(read.text(2), "Mixed_7c é");
  assert.equal(read.float(3), 0.5);
  assert.deepEqual(read.bytes(4), Uint8Array.of(1, 2, 3));
  const nested = read.message(16, "the inner message")!;
  assert.equal(nested.int(1), 7);
  assert.equal(nested.text(2), "seven");
});

Deno.test("protoMessage() says undefined of fields that are absent", () => {
  const empty = protoMessage(new Uint8Array(), "the message");
  assert.equal(empty.int(1), undefined);
  assert.equal(empty.float(1), undefined);
  assert.equal(empty.bytes(1), undefined);
  assert.equal(empty.text(1), undefined);
  assert.equal(empty.message(1, "the inner message"), undefined);
  assert.deepEqual(empty.messages(1, "an inner message", 9), []);
  assert.deepEqual(empty.texts(1, 9), []);
  assert.deepEqual(empty.ints(1, 9), []);
  assert.equal(empty.fixed(1, 4).length, 0);
});

Deno.test("protoMessage() gives views, not copies", () => {
  const file = encode(message(delimited(1, Uint8Array.of(1, 2, 3, 4))));
  const read = protoMessage(file, "the message");
  assert.equal(read.bytes(1)!.buffer, file.buffer);
  assert.equal(read.fixed(1, 4).buffer, file.buffer);
});

Deno.test("protoMessage() reads numbers packed, unpacked and mixed", () => {
  const floats = new Uint8Array(Float32Array.of(1, 2).buffer);
  const read = protoMessage(
    encode(message(
      varint(1, 5),
      delimited(1, Uint8Array.of(6, 0xac, 0x02)),
      varint(1, 7),
      float(2, 0.5),
      delimited(2, floats),
    )),
    "the message",
  );
  assert.deepEqual(read.ints(1, 4), [5, 6, 300, 7]);
  const values = new Float32Array(read.fixed(2, 4).slice().buffer);
  assert.deepEqual([...values], [0.5, 1, 2]);
  refuses(
    () => read.ints(1, 3),
    "Cannot read the message as field 1 must have <= 3 values",
  );
});

Deno.test("protoMessage() reads numbers of up to 64 bits, signed", () => {
  const numbers = [
    [[0], 0],
    [[0x80, 0x00], 0],
    [[0xff, 0xff, 0xff, 0xff, 0x0f], 2 ** 32 - 1],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], 2 ** 53 - 1],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], -1],
    [[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], -2],
    [[0x80, 0x80, 0x80, 0x80, 0xf8, 0xff, 0xff, 0xff, 0xff, 1], -(2 ** 31)],
  ] as const;
  for (const [bytes, value] of numbers) {
    assert.equal(number(bytes), value);
    const packed = protoMessage(
      Uint8Array.of(0x0a, bytes.length, ...bytes),
      "the message",
    );
    assert.deepEqual(packed.ints(1, 1), [value]);
  }
});

Deno.test("protoMessage() refuses numbers that f64 doesn't hold, where they are used", () => {
  const large = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]; // 2^53
  const beyond = [...Array(9).fill(0x80), 0x02]; // 2^64
  for (const bytes of [large, beyond]) {
    refuses(() => number(bytes), /must be within \+-2\^53/);
    const file = Uint8Array.of(0x08, ...bytes, 0x10, 3);
    assert.equal(protoMessage(file, "the message").int(2), 3);
  }
  refuses(
    () => number([...Array(10).fill(0x80), 0x01]),
    /a number must end before/,
  );
});

Deno.test("protoMessage() refuses damaged messages", () => {
  const damaged: [bytes: number[], text: RegExp][] = [
    [[0x08], /a number must end before byte 1/],
    [[0x08, 0x80], /a number must end before byte 2/],
    [[0x80], /a number must end before byte 1/],
    [[0x0a, 0x02, 0x01], /it must have >= 4 bytes: it has 3/],
    [[0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f], /it must have >= /],
    [[0x0d, 0, 0, 0], /it must have >= 5 bytes: it has 4/],
    [[0x09, 0, 0, 0], /it must have >= 9 bytes: it has 4/],
    // A length of -1.
    [[0x0a, ...Array(9).fill(0xff), 0x01], /a field must begin before/],
    // Field 0, groups, and types that don't exist.
    [[0x00, 0], /a field must begin before/],
    [[0x0b, 0x0c], /a field must begin before/],
    [[0x0e], /a field must begin before/],
    [[0x0f], /a field must begin before/],
  ];
  for (const [bytes, text] of damaged) {
    for (const field of [1, 2]) {
      const read = protoMessage(Uint8Array.from(bytes), "the message");
      refuses(() => read.int(field), text);
      refuses(() => read.bytes(field), text);
      refuses(() => read.messages(field, "an inner one", 9), text);
      refuses(() => read.ints(field, 9), text);
    }
  }
});

Deno.test("protoMessage() refuses fields of another type or number", () => {
  const read = protoMessage(
    encode(message(
      varint(1, 1),
      varint(2, 1),
      varint(2, 2),
      delimited(3, Uint8Array.of(0xff)),
      delimited(4, Uint8Array.of(0x80)),
      delimited(5, Uint8Array.of(1, 2, 3)),
      delimited(6, "a"),
      delimited(6, "b"),
    )),
    "the message",
  );
  refuses(
    () => read.bytes(1),
    "Cannot read the message as field 1 must be of type 2: it is 0",
  );
  refuses(
    () => read.int(2),
    "Cannot read the message as it must have field 2 <= 1 times",
  );
  refuses(() => read.text(3), /the text before byte \d+ must be UTF-8/);
  // A packed number can't continue in the next field.
  refuses(() => read.ints(4, 9), /a number must end before byte/);
  refuses(
    () => read.fixed(5, 4),
    "Cannot read the message as field 5 must have values of 4 bytes",
  );
  refuses(() => read.texts(6, 1), /it must have field 6 <= 1 times/);
  assert.deepEqual(read.texts(6, 2), ["a", "b"]);
});

function number(bytes: readonly number[]): number | undefined {
  return protoMessage(Uint8Array.of(0x08, ...bytes), "the message").int(1);
}

function refuses(read: () => unknown, text: string | RegExp): void {
  assert.throws(read, (error) => {
    assert.ok(error instanceof CorruptWeightsError, String(error));
    if (typeof text === "string") assert.equal(error.message, text);
    else assert.match(error.message, text);
    return true;
  });
}
