import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import {
  MAX_HEADER_BYTES,
  parseHeader,
} from "../../../src/weights/safetensors/header.ts";
import { makeFile, setLength } from "./files.ts";

Deno.test("parseHeader() gives the tensors by offset and the metadata", () => {
  const file = makeFile({
    __metadata__: { format: "pt", "": "empty" },
    b: { dtype: "F16", shape: [2, 3], data_offsets: [4, 16] },
    scalar: { dtype: "F32", shape: [], data_offsets: [0, 4] },
    empty: { dtype: "I64", shape: [0, 7], data_offsets: [4, 4] },
  }, 12 + 4);
  const dataOffset = file.length - 16;
  const expected = {
    metadata: new Map([["format", "pt"], ["", "empty"]]),
    tensors: [
      { name: "scalar", dtype: "F32", shape: [], offset: 0, length: 4 },
      { name: "empty", dtype: "I64", shape: [0, 7], offset: 4, length: 0 },
      { name: "b", dtype: "F16", shape: [2, 3], offset: 4, length: 12 },
    ],
    dataOffset,
    dataLength: 16,
  };
  assert.deepEqual(parseHeader(file), expected);
  assert.deepEqual(parseHeader(file, file.length), expected);
  const start = file.subarray(0, dataOffset);
  assert.deepEqual(parseHeader(start, file.length), expected);
});

Deno.test("parseHeader() reads a file without tensors, padded with spaces", () => {
  const { tensors, dataLength } = parseHeader(makeFile("{}   ", 0));
  assert.deepEqual({ tensors, dataLength }, { tensors: [], dataLength: 0 });
});

Deno.test("parseHeader() takes the names of every object as names", () => {
  const text = `{"__proto__":${entry([0, 1])},"constructor":${
    entry([1, 2])
  },"__metadata__":{"__proto__":"a","toString":"b"}}`;
  const { tensors, metadata } = parseHeader(makeFile(text, 2));
  assert.deepEqual(tensors.map((it) => it.name), ["__proto__", "constructor"]);
  assert.deepEqual([...metadata], [["__proto__", "a"], ["toString", "b"]]);
  assert.equal(({} as Record<string, unknown>).dtype, undefined);
});

Deno.test("parseHeader() passes over what an entry has beside the format", () => {
  const text =
    `{"a":{"note":"x","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`;
  assert.equal(parseHeader(makeFile(text, 1)).tensors.length, 1);
});

const FAULTS: [name: string, file: () => Uint8Array, message: RegExp][] = [
  ["nothing", () => new Uint8Array(0), />= 8 bytes: there are 0/],
  ["half a length", () => new Uint8Array(7), />= 8 bytes: there are 7/],
  [
    "a header that is longer than any",
    () => withLength(MAX_HEADER_BYTES + 1),
    /must have <= 1048576 bytes: it promises 1048577/,
  ],
  [
    "a length above 32 bits, whose lower half is small",
    () => withLength(2n ** 32n + 2n),
    /it promises 4294967298/,
  ],
  [
    "the largest length",
    () => withLength(2n ** 64n - 1n),
    /it promises 18446744073709552000/,
  ],
  [
    "a header that goes on behind the file",
    () => withLength(100),
    /must lie inside of the file's 10 bytes: it promises to end at byte 108/,
  ],
  ["an empty header", () => withLength(0), /must begin with "{"/],
  ["a header that is a list", () => makeFile("[]", 0), /must begin with "{"/],
  ["a space before the header", () => makeFile(" {}", 0), /must begin with/],
  ["a header that isn't UTF-8", () => {
    const file = makeFile(`{"ab":{}}`, 0);
    file[10] = 0xff;
    return file;
  }, /must be UTF-8/],
  ["half a header", () => makeFile(`{"a":`, 0), /must be JSON/],
  ["more than a header", () => makeFile("{}{}", 0), /must be JSON/],
  ["a NUL behind the header", () => makeFile("{}\0", 0), /must be JSON/],
  [
    "a header that nests deep",
    () => makeFile(`{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}`, 0),
    /must nest <= 3 deep: it nests 100001/,
  ],
  [
    "a header that is all punctuation",
    () => makeFile(`{"a":[${"[],".repeat(3e5)}[]]}`, 0),
    /must have <= 32768 structural characters: it has 900007/,
  ],
  [
    "a tensor twice",
    () => makeFile(`{"a":${entry([0, 4])},"a":${entry([0, 4])}}`, 4),
    /a name stands twice/,
  ],
  [
    "a tensor twice, once with an escape",
    () => makeFile(`{"a":${entry([0, 4])},"\\u0061":${entry([0, 4])}}`, 4),
    /a name stands twice/,
  ],
  [
    "a shape twice",
    () =>
      makeFile(
        `{"a":{"shape":[2,1],"shape":[1,2],"dtype":"U8","data_offsets":[0,2]}}`,
        2,
      ),
    /a name stands twice/,
  ],
  [
    "metadata twice",
    () => makeFile(`{"__metadata__":{},"__metadata__":{"a":"b"}}`, 0),
    /a name stands twice/,
  ],
  [
    "metadata that is a text",
    () => makeFile({ __metadata__: "pt" }, 0),
    /metadata as it must be an object: it is "pt"/,
  ],
  [
    "metadata of numbers",
    () => makeFile({ __metadata__: { epoch: 3 } }, 0),
    /metadata "epoch" as it must be a string: it is 3/,
  ],
  [
    "a tensor that isn't an object",
    () => makeFile({ a: null }, 0),
    /tensor "a" as it must be an object: it is null/,
  ],
  [
    "a dtype that is a prototype's",
    () =>
      makeFile(
        `{"a":{"__proto__":{"dtype":"U8"},"shape":[1],"data_offsets":[0,1]}}`,
        1,
      ),
    /dtype of "a" as it must be a string: it is absent/,
  ],
  fault(
    "an unknown dtype",
    { dtype: "F4" },
    /"a" as its dtype must be one of BOOL, .*: it is "F4"/,
  ),
  fault("a dtype of every object", { dtype: "toString" }, /it is "toString"/),
  fault("no dtype", { dtype: undefined }, /dtype of "a" .* it is absent/),
  fault("no shape", { shape: undefined }, /shape of "a" .* it is absent/),
  fault(
    "a negative extent",
    { shape: [-1] },
    /extents must be whole numbers >= 0: one is -1/,
  ),
  fault("half an extent", { shape: [1.5] }, /one is 1.5/),
  fault("a text as extent", { shape: ["1"] }, /one is "1"/),
  fault(
    "an extent beyond 2^53",
    { shape: [2 ** 53] },
    /one is 9007199254740992/,
  ),
  fault(
    "extents whose product is beyond 2^53",
    { shape: [2 ** 30, 2 ** 30] },
    /must have <= 9007199254740991 bytes: its shape promises more/,
  ),
  fault(
    "extents whose product wraps to the right one in 64 bits",
    { shape: [2 ** 32, 2 ** 32, 4] },
    /its shape promises more/,
  ),
  fault(
    "no data_offsets",
    { data_offsets: undefined },
    /data_offsets of "a" as it must be an array/,
  ),
  fault(
    "one data offset",
    { data_offsets: [0] },
    /must be two whole numbers, 0 <= begin <= end: they are \[0\]/,
  ),
  fault(
    "three data_offsets",
    { data_offsets: [0, 4, 4] },
    /they are \[0,4,4\]/,
  ),
  fault(
    "data_offsets in reverse",
    { data_offsets: [4, 0] },
    /they are \[4,0\]/,
  ),
  fault("a negative offset", { data_offsets: [-4, 0] }, /they are \[-4,0\]/),
  fault(
    "offsets beyond 2^53",
    { data_offsets: [2 ** 53, 2 ** 53 + 4] },
    /must be two whole numbers/,
  ),
  fault(
    "a shape that needs more than its bytes",
    { shape: [3] },
    /"a" as F16 of shape \[3\] must have 6 bytes: its data_offsets have 4/,
  ),
  [
    "tensors that overlap",
    () => makeFile(`{"a":${entry([0, 4])},"b":${entry([2, 6])}}`, 6),
    /"b" as it must begin at byte 4 of the data: it begins at 2 and overlaps "a"/,
  ],
  [
    "two tensors of the same bytes",
    () => makeFile(`{"a":${entry([0, 4])},"b":${entry([0, 4])}}`, 4),
    /"b" .* begins at 0 and overlaps "a"/,
  ],
  [
    "a hole between tensors",
    () => makeFile(`{"a":${entry([0, 4])},"b":${entry([5, 9])}}`, 9),
    /"b" .* begins at 5 and leaves a hole after "a"/,
  ],
  [
    "a hole before the tensors",
    () => makeFile(`{"a":${entry([1, 4])}}`, 4),
    /"a" .* leaves a hole after the start of the data/,
  ],
  [
    "bytes after the tensors",
    () => makeFile(`{"a":${entry([0, 4])}}`, 5),
    /the file must have \d+ bytes: it has \d+/,
  ],
  [
    "too few bytes for the tensors",
    () => makeFile(`{"a":${entry([0, 4])}}`, 3),
    /the file must have \d+ bytes: it has \d+/,
  ],
];

for (const [name, file, message] of FAULTS) {
  Deno.test(`parseHeader() rejects ${name}`, () => {
    const bytes = file();
    assert.throws(() => parseHeader(bytes, bytes.length), (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("parseHeader() rejects a start that ends before the header does", () => {
  const file = makeFile(`{"a":${entry([0, 4])}}`, 4);
  for (const fileSize of [undefined, file.length]) {
    assert.throws(
      () => parseHeader(file.subarray(0, 20), fileSize),
      /header as it must end at byte \d+: there are 20/,
    );
  }
});

/** An entry of type U8, as text. */
function entry([begin, end]: [number, number]): string {
  return JSON.stringify({
    dtype: "U8",
    shape: [end - begin],
    data_offsets: [begin, end],
  });
}

/** A valid file except for one tensor's entry. */
function fault(
  name: string,
  changes: Record<string, unknown>,
  message: RegExp,
): [string, () => Uint8Array, RegExp] {
  const sound = { dtype: "F16", shape: [2], data_offsets: [0, 4] };
  return [name, () => makeFile({ a: { ...sound, ...changes } }, 4), message];
}

function withLength(length: number | bigint): Uint8Array {
  const file = makeFile("{}", 0);
  setLength(file, length);
  return file;
}
