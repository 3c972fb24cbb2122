import assert from "node:assert/strict";
import {
  delimited,
  encode,
  float,
  type Message,
  message,
  varint,
} from "../../../src/export/onnx/encode_protobuf.ts";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { protoMessage } from "../../../src/weights/protobuf.ts";
import { externalFile, parseTensor } from "../../../src/weights/onnx/tensor.ts";
import { tensor, whole } from "./onnx_file.ts";

function parse(it: Message, files: Record<string, Uint8Array> = {}) {
  const read = protoMessage(encode(it), "the tensor");
  return parseTensor(read, "w", new Map(Object.entries(files)));
}

const shape = (...extents: number[]) =>
  message(...extents.map((it) => whole(1, it)));
const type = (number: number) => varint(2, number);

Deno.test("tensors of each type are read, raw or in fields of their own", () => {
  const packed = (values: ArrayBufferView) =>
    new Uint8Array(values.buffer as ArrayBuffer);
  const numbers: [name: string, tensor: Message][] = [
    ["float, raw", tensor("w", [2], Float32Array.of(1, -2))],
    ["double, raw", tensor("w", [2], Float64Array.of(1, -2))],
    ["int8, raw", tensor("w", [2], Int8Array.of(1, -2))],
    ["int32, raw", tensor("w", [2], Int32Array.of(1, -2))],
    ["int64, raw", tensor("w", [2], BigInt64Array.of(1n, -2n))],
    ["float16, raw", tensor("w", [2], Uint16Array.of(0x3c00, 0xc000))],
    [
      "bfloat16, raw",
      message(
        shape(2),
        type(16),
        delimited(9, packed(Uint16Array.of(0x3f80, 0xc000))),
      ),
    ],
    [
      "float, packed",
      message(shape(2), type(1), delimited(4, packed(Float32Array.of(1, -2)))),
    ],
    [
      "float, one by one",
      message(shape(2), type(1), float(4, 1), float(4, -2)),
    ],
    [
      "double, packed",
      message(
        shape(2),
        type(11),
        delimited(10, packed(Float64Array.of(1, -2))),
      ),
    ],
    ["int32", message(shape(2), type(6), whole(5, 1), whole(5, -2))],
    ["int8", message(shape(2), type(3), whole(5, 1), whole(5, -2))],
    ["int64", message(shape(2), type(7), whole(7, 1), whole(7, -2))],
    [
      "float16",
      message(shape(2), type(10), whole(5, 0x3c00), whole(5, 0xc000)),
    ],
    [
      "bfloat16",
      message(shape(2), type(16), whole(5, 0x3f80), whole(5, 0xc000)),
    ],
  ];
  for (const [name, it] of numbers) {
    const read = parse(it);
    assert.deepEqual(read.shape, [2], name);
    assert.deepEqual([...read.read()], [1, -2], name);
    if (name.startsWith("int")) assert.deepEqual(read.ints(2), [1, -2], name);
  }
  const values = parse(tensor("w", [], Float32Array.of(7)));
  assert.deepEqual(values.shape, []);
  assert.deepEqual([...values.read()], [7]);
});

Deno.test("a tensor's values are a copy", () => {
  const read = parse(tensor("w", [1], Float32Array.of(7)));
  read.read()[0] = 8;
  assert.equal(read.read()[0], 7);
});

Deno.test("tensors that contradict themselves are refused", () => {
  const raw = (length: number) => delimited(9, new Uint8Array(length));
  const refusals: [Message, text: string][] = [
    [
      message(shape(2), type(1), raw(7)),
      "float of shape [2] must have 8 bytes: it has 7",
    ],
    [
      message(shape(2 ** 31, 2 ** 31, 2 ** 31), type(1), raw(8)),
      `float of shape [${[2 ** 31, 2 ** 31, 2 ** 31]}] must have ${
        4 * 2 ** 93
      } bytes: it has 8`,
    ],
    [
      message(shape(-2, -1), type(1), raw(8)),
      "its extents must be >= 0: its shape is [-2,-1]",
    ],
    [
      message(shape(1), type(8), raw(1)),
      "its type must be a float or whole numbers of up to 64 bits: it is 8 in TensorProto.DataType",
    ],
    [
      message(shape(2), type(6), whole(5, 1)),
      "it must have 2 values: it has 1",
    ],
  ];
  for (const [it, text] of refusals) {
    refuses(
      () => parse(it).read(),
      `Cannot read the ONNX tensor "w" as ${text}`,
    );
  }
  const read = parse(tensor("w", [3], Int8Array.of(1, 2, 3)));
  refuses(
    () => read.ints(2),
    'Cannot read the ONNX tensor "w" as it must have <= 2 values: it has 3',
  );
  refuses(
    () => parse(tensor("w", [1], Float32Array.of(1))).ints(2),
    'Cannot read the ONNX tensor "w" as its type must be of whole numbers: it is float',
  );
  refuses(
    () => parse(message(shape(...Array(9).fill(1)), type(1), raw(4))),
    "Cannot read the tensor as field 1 must have <= 8 values",
  );
});

function external(entries: Record<string, string>): Message {
  return message(
    shape(2),
    type(1),
    varint(14, 1),
    ...Object.entries(entries).map(([key, value]) =>
      delimited(13, message(delimited(1, key), delimited(2, value)))
    ),
  );
}

Deno.test("values lie in a file beside the model, at an offset or at its start", () => {
  const bytes = new Uint8Array(Float32Array.of(9, 1, -2).buffer);
  const files = { "m.data": bytes };
  const at4 = external({ location: "m.data", offset: "4", length: "8" });
  assert.deepEqual([...parse(at4, files).read()], [1, -2]);
  const atStart = external({ location: "m.data" });
  assert.deepEqual([...parse(atStart, files).read()], [9, 1]);
});

Deno.test("values beyond the end of the file beside the model are refused", () => {
  for (
    const [offset, length] of [
      ["8", "8"],
      ["-4", "8"],
      ["4", "0x8"],
      ["1e1", "8"],
      ["", "8"],
      ["99999999999999999999", "8"],
    ] as const
  ) {
    const it = external({ location: "m.data", offset, length });
    refuses(
      () => parse(it, { "m.data": new Uint8Array(12) }),
      `Cannot read the ONNX tensor "w" as its ${
        offset === "8"
          ? `bytes 8 to 16 must lie in "m.data": it has 12`
          : `offset and length in "m.data" must be whole numbers: they are "${offset}" and "${length}"`
      }`,
    );
  }
  refuses(
    () =>
      parse(external({ location: "m.data", length: "4" }), {
        "m.data": new Uint8Array(12),
      }),
    'Cannot read the ONNX tensor "w" as float of shape [2] must have 8 bytes: it has 4',
  );
});

Deno.test("a file beside the model must lie in its folder", () => {
  const fileOf = (location: string) =>
    externalFile(protoMessage(encode(external({ location })), "the tensor"));
  assert.equal(fileOf("my model #1.onnx.data"), "my model #1.onnx.data");
  assert.equal(fileOf("weights/w.bin"), "weights/w.bin");
  for (
    const location of [
      "",
      "../m.data",
      "a/../../m.data",
      "/etc/passwd",
      "a//b",
      "./m.data",
      "..\\m.data",
      "C:/m.data",
      "https://example.com/m.data",
    ]
  ) {
    refuses(
      () => fileOf(location),
      `Cannot read the ONNX model's weights as their file must lie beside it or below: it is ${
        JSON.stringify(location)
      }`,
    );
  }
});

function refuses(run: () => unknown, text: string): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof CorruptWeightsError, String(error));
    assert.equal(error.message, text);
    return true;
  });
}
