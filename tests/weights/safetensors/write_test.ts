import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { DTYPE_BYTES } from "../../../src/weights/safetensors/tensor_entry.ts";
import { readSafetensors } from "../../../src/weights/safetensors/read.ts";
import {
  type TensorSource,
  writeSafetensors,
} from "../../../src/weights/safetensors/write.ts";
import { filled } from "../../filled.ts";

const BYTE = { dtype: "U8", shape: [1], data: () => Uint8Array.of(7) } as const;

Deno.test("writeSafetensors() writes what readSafetensors() reads", async () => {
  const dtypes = Object.keys(DTYPE_BYTES) as (keyof typeof DTYPE_BYTES)[];
  // The unit "binary" means the same, but fast-check makes a table of all of Unicode.
  const codePoint = fc.oneof(
    fc.integer({ min: 0, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  );
  const unit = codePoint.map((it) => String.fromCodePoint(it));
  const text = fc.string({ unit, maxLength: 8 });
  const name = fc.oneof(text, fc.constantFrom("__proto__", "1", "constructor"));
  const tensor = fc.record({
    name: name.filter((it) => it !== "__metadata__"),
    dtype: fc.constantFrom(...dtypes),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(name, text)),
      fc.uniqueArray(tensor, { selector: (it) => it.name }),
      async (metadata, tensors) => {
        const sources = tensors.map((it, i): TensorSource => ({
          ...it,
          data: () => bytesOf(it, i),
        }));
        const { stream, byteLength } = writeSafetensors(
          new Map(metadata),
          sources,
        );
        let data = new Uint8Array();
        const header = await readSafetensors(
          stream,
          ({ dataLength }) => data = new Uint8Array(dataLength),
          { size: byteLength },
        );
        assert.deepEqual(header.metadata, new Map(metadata));
        assert.equal(header.dataOffset % 64, 0);
        assert.equal(header.tensors.length, tensors.length);
        for (const { name, dtype, shape, offset, length } of header.tensors) {
          const i = tensors.findIndex((it) => it.name === name);
          assert.deepEqual({ name, dtype, shape }, { ...tensors[i]! });
          assert.deepEqual(
            data.subarray(offset, offset + length),
            bytesOf(tensors[i]!, i),
          );
        }
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("writeSafetensors() makes a tensor's bytes when they are asked for", async () => {
  const made: string[] = [];
  const { stream, byteLength } = writeSafetensors(
    new Map([["format", "1"]]),
    ["a", "b"].map((name) => ({
      ...BYTE,
      name,
      data() {
        made.push(name);
        return Uint8Array.of(7);
      },
    })),
  );
  const reader = stream.getReader();
  const start = (await reader.read()).value!;
  assert.equal(byteLength, start.length + 2);
  assert.equal(
    new TextDecoder().decode(start.subarray(8)).trimEnd(),
    `{"__metadata__":{"format":"1"},` +
      `"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},` +
      `"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`,
  );
  assert.deepEqual(made, []);
  await reader.read();
  assert.deepEqual(made, ["a"]);
  await reader.read();
  assert.deepEqual(made, ["a", "b"]);
  assert.ok((await reader.read()).done);
});

Deno.test("writeSafetensors() refuses what couldn't be read", () => {
  const write = (...tensors: TensorSource[]) => () =>
    writeSafetensors(new Map(), tensors);
  const a = { ...BYTE, name: "a" };
  const faults: [() => unknown, RegExp][] = [
    [write(a, a), /a name stands twice/],
    [write({ ...a, name: "__metadata__" }), /metadata/],
    [write({ ...a, shape: [0.5] }), /one is 0.5/],
    [write({ ...a, shape: [2 ** 40, 2 ** 40] }), /its shape promises more/],
    [write({ ...a, name: "a".repeat(2 ** 20) }), /<= 1048576 bytes/],
  ];
  for (const [act, message] of faults) {
    assert.throws(act, (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("writeSafetensors() fails the stream when a tensor's bytes aren't its own", async () => {
  const { stream } = writeSafetensors(new Map(), [
    { ...BYTE, name: "a" },
    { ...BYTE, name: "b", shape: [2, 2] },
  ]);
  await assert.rejects(
    new Response(stream).arrayBuffer(),
    /"b" as U8 of shape \[2,2\] must have 4 bytes: data\(\) gave 1/,
  );
});

/** Bytes that are distinct for each tensor and position. */
function bytesOf(
  { dtype, shape }: Pick<TensorSource, "dtype" | "shape">,
  seed: number,
): Uint8Array {
  const length = shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype]);
  return filled(Uint8Array, length, (i) => seed * 31 + i);
}
