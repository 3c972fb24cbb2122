import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../src/errors.ts";
import { parseManifest, readTensor } from "../../src/weights/tfjs_manifest.ts";

Deno.test("readTensor() gives f32 across the edges of shards", () => {
  const values = Float32Array.of(1.5, -2.25, 3e-8, 4);
  const bytes = new Uint8Array(values.buffer);
  const { tensors } = parse([
    { name: "a", shape: [1], dtype: "float32" },
    { name: "b", shape: [3], dtype: "float32" },
  ]);
  const shards = [bytes.slice(0, 5), bytes.slice(5, 6), bytes.slice(6)];
  assert.deepEqual(
    readTensor(tensors.get("b")!, shards),
    values.slice(1),
  );
});

Deno.test("readTensor() expands f16", () => {
  const { tensors } = parse([{
    name: "half",
    shape: [3],
    dtype: "float32",
    quantization: { dtype: "float16", original_dtype: "float32" },
  }]);
  const halves = Float16Array.of(1.5, -(2 ** -24), Infinity);
  assert.deepEqual(
    readTensor(tensors.get("half")!, [new Uint8Array(halves.buffer)]),
    Float32Array.from(halves),
  );
});

Deno.test("readTensor() expands u8 and u16 by scale and minimum", () => {
  const quantization = { scale: 0.5, min: -10 };
  const { tensors } = parse([
    {
      name: "u8",
      shape: [2],
      dtype: "float32",
      quantization: { dtype: "uint8", ...quantization },
    },
    {
      name: "u16",
      shape: [1, 2],
      dtype: "float32",
      quantization: { dtype: "uint16", ...quantization },
    },
  ]);
  const shards = [Uint8Array.of(0, 255, 0, 0, 0xff, 0xff)];
  assert.deepEqual(
    readTensor(tensors.get("u8")!, shards),
    Float32Array.of(-10, 117.5),
  );
  assert.deepEqual(
    readTensor(tensors.get("u16")!, shards),
    Float32Array.of(-10, 32757.5),
  );
});

Deno.test("readTensor() gives whole numbers, rounded where they are in u8", () => {
  const { tensors } = parse([
    { name: "axes", shape: [2], dtype: "int32" },
    { name: "flag", shape: [], dtype: "bool" },
    {
      name: "u8",
      shape: [2],
      dtype: "int32",
      quantization: { dtype: "uint8", scale: 0.1, min: -1 },
    },
  ]);
  const axes = new Uint8Array(Int32Array.of(-1, 7).buffer);
  const shards = [axes, Uint8Array.of(1, 0, 30)];
  assert.deepEqual(
    ["axes", "flag", "u8"].map((it) => [
      ...readTensor(tensors.get(it)!, shards),
    ]),
    [[-1, 7], [1], [-1, 2]],
  );
});

const FAULTS: [name: string, json: unknown, message: RegExp][] = [
  ["no array", {}, /weightsManifest .* must be an array/],
  ["no group", [1], /weightsManifest\[0\] .* must be an object/],
  [
    "a tensor twice",
    group([scalar("a"), scalar("a")]),
    /"a" stands in them twice/,
  ],
  [
    "a negative extent",
    group([{ ...scalar("a"), shape: [-1] }]),
    /extents must be whole numbers >= 0: one is -1/,
  ],
  [
    "an extent that isn't whole",
    group([{ ...scalar("a"), shape: [1.5] }]),
    /one is 1.5/,
  ],
  [
    "a shape beyond all memory",
    group([{ ...scalar("a"), shape: [2 ** 40, 2 ** 40] }]),
    /must be <= 536870912 bytes/,
  ],
  [
    "shapes that are too much together",
    group([
      { ...scalar("a"), shape: [2 ** 27] },
      { ...scalar("b"), shape: [2 ** 27] },
      scalar("c"),
    ]),
    /must be <= 536870912 bytes/,
  ],
  [
    "complex numbers",
    group([{ ...scalar("a"), dtype: "complex64" }]),
    /dtype must be one of float32, int32, bool: it is "complex64"/,
  ],
  [
    "an unknown quantization",
    group([{ ...scalar("a"), quantization: { dtype: "int4" } }]),
    /must be one of float16, uint8, uint16: it is "int4"/,
  ],
  [
    "a quantization without a scale",
    group([{ ...scalar("a"), quantization: { dtype: "uint8", min: 0 } }]),
    /scale of "a" as it must be a finite number: it is absent/,
  ],
  ...[
    ..."../weights.bin /etc/passwd a/b a\\b . .. http:x ./ ./../a .hidden a?b a%2fb"
      .split(" "),
    ...["", "a\nb", "a\0b", "a".repeat(256)],
  ]
    .map((path): [string, unknown, RegExp] => [
      `the shard path ${JSON.stringify(path)}`,
      [{ paths: [path], weights: [] }],
      /must be a plain file name of <= 255 characters$/,
    ]),
  [
    "a shard that stands twice",
    [{ paths: ["a", "b"], weights: [] }, { paths: ["./a"], weights: [] }],
    /the shard "a" stands in them twice/,
  ],
  [
    "more shards than a model can need",
    [{ paths: Array.from({ length: 5000 }, (_, i) => `${i}`), weights: [] }],
    /must have <= 4096 shards/,
  ],
  [
    "a deep dtype",
    group([{ ...scalar("a"), dtype: deep(100_000) }]),
    /dtype must be one of float32, int32, bool: it is \[\[…\]\]$/,
  ],
];

Deno.test("parseManifest() takes the names that tfjs and people give shards", () => {
  const paths = ["group1-shard1of2.bin", "./x.weights.bin", "my model (1).bin"];
  const { groups } = parseManifest([{
    paths: [...paths, "gewichte-ö.bin"],
    weights: [],
  }]);
  assert.deepEqual(groups[0]!.paths, [
    "group1-shard1of2.bin",
    "x.weights.bin",
    "my model (1).bin",
    "gewichte-ö.bin",
  ]);
});

/** Nested arrays. */
function deep(levels: number): unknown {
  let value: unknown = [];
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

for (const [name, json, message] of FAULTS) {
  Deno.test(`parseManifest() rejects ${name}`, () => {
    assert.throws(() => parseManifest(json), (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(error.message, message);
      return true;
    });
  });
}

function scalar(name: string) {
  return { name, shape: [1], dtype: "float32" };
}

function group(weights: unknown[]) {
  return [{ paths: ["shard.bin"], weights }];
}

function parse(weights: unknown[]) {
  return parseManifest(group(weights));
}
