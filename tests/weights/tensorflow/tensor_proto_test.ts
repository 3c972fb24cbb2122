import assert from "node:assert/strict";
import {
  delimited,
  encode,
  type Message,
  message,
  varint,
} from "../../../src/export/onnx/encode_protobuf.ts";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { protoMessage } from "../../../src/weights/protobuf.ts";
import { readTensorProto } from "../../../src/weights/tensorflow/tensor_proto.ts";
import { encodeShape } from "./graph_defs.ts";

const bytes = (
  values: { readonly buffer: ArrayBufferLike },
) => new Uint8Array(values.buffer as ArrayBuffer);

const read = (type: number, shape: readonly number[], ...fields: Message[]) =>
  readTensorProto(
    protoMessage(
      encode(message(
        varint(1, type),
        delimited(2, encodeShape(shape)),
        ...fields,
      )),
      "a tensor",
    ),
    "t",
  );

const VALUES: readonly [
  what: string,
  type: number,
  count: number,
  field: Message,
  expected: readonly number[],
][] = [
  ["f32 as bytes", 1, 2, delimited(4, bytes(Float32Array.of(1.5, -2))), [
    1.5,
    -2,
  ]],
  ["f32 in a list", 1, 2, delimited(5, bytes(Float32Array.of(1.5, -2))), [
    1.5,
    -2,
  ]],
  ["one value for all", 1, 3, delimited(5, bytes(Float32Array.of(7))), [
    7,
    7,
    7,
  ]],
  [
    "a last value for the rest",
    1,
    4,
    delimited(5, bytes(Float32Array.of(7, 8))),
    [7, 8, 8, 8],
  ],
  ["zeros without a value", 1, 2, delimited(4, new Uint8Array()), [0, 0]],
  ["f64", 2, 1, delimited(4, bytes(Float64Array.of(0.5))), [0.5]],
  ["f64 in a list", 2, 1, delimited(6, bytes(Float64Array.of(0.5))), [0.5]],
  ["i32", 3, 2, delimited(4, bytes(Int32Array.of(-1, 7))), [-1, 7]],
  ["i32 in a list", 3, 2, delimited(7, Uint8Array.of(5, 6)), [5, 6]],
  ["u8", 4, 2, delimited(4, Uint8Array.of(1, 255)), [1, 255]],
  ["i64", 9, 2, delimited(4, bytes(BigInt64Array.of(-1n, 7n))), [-1, 7]],
  ["i64 in a list", 9, 1, delimited(10, Uint8Array.of(5)), [5]],
  ["truths in a list", 10, 2, delimited(11, Uint8Array.of(1, 0)), [1, 0]],
  ["bf16", 14, 1, delimited(4, bytes(Uint16Array.of(0x3fc0))), [1.5]],
  ["f16", 19, 1, delimited(4, bytes(Uint16Array.of(0x3e00))), [1.5]],
  ["f16 in a list", 19, 1, delimited(13, Uint8Array.of(0x80, 0x7c)), [1.5]],
];

for (const [what, type, count, field, expected] of VALUES) {
  Deno.test(`readTensorProto() reads ${what}`, () => {
    const tensor = read(type, [count], field)!;
    assert.deepEqual(tensor.shape, [count]);
    assert.deepEqual([...tensor.read()], expected);
  });
}

Deno.test("readTensorProto() leaves texts to others", () => {
  assert.equal(read(7, [1], delimited(8, "text")), undefined);
});

const FAULTS: readonly [
  what: string,
  shape: readonly number[],
  field: Message,
  text: RegExp,
][] = [
  ["too few bytes", [2], delimited(4, new Uint8Array(4)), /8 bytes: it has 4/],
  [
    "too many values",
    [1],
    delimited(5, new Uint8Array(8)),
    /must have 1 values: it has 2/,
  ],
  [
    "a value for too many",
    [2 ** 20 + 1],
    delimited(5, new Uint8Array(4)),
    /must stand for <= 1048576: it does for 1048577/,
  ],
  [
    "more values than there can be",
    [2 ** 40, 2 ** 40],
    delimited(5, new Uint8Array(4)),
    /must stand for <= 1048576/,
  ],
  [
    "a kernel without values",
    [1, 2],
    message(),
    /must have values: they were taken out/,
  ],
  ["any size", [-1], delimited(5, new Uint8Array(4)), /shape must be fixed/],
  ["nine extents", Array(9).fill(1), message(), /field 2 <= 8 times/],
];

for (const [what, shape, field, text] of FAULTS) {
  Deno.test(`readTensorProto() refuses ${what}`, () => {
    assert.throws(() => read(1, shape, field)!.read(), (error) => {
      assert.ok(error instanceof CorruptWeightsError, String(error));
      assert.match(error.message, text);
      return true;
    });
  });
}
