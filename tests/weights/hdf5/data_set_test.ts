import assert from "node:assert/strict";
import { readDataSet } from "../../../src/weights/hdf5/data_set.ts";
import { MESSAGE } from "../../../src/weights/hdf5/object_header.ts";
import { createStructures } from "../../../src/weights/hdf5/structures.ts";

/** A floating-point type: its class, its byte order and the positions of its fields. */
interface Type {
  readonly kind?: number;
  readonly order?: number;
  readonly size: number;
  readonly exponentAt?: number;
  readonly exponentBits?: number;
  readonly bias?: number;
}

/** Reads a data set of two values from a sequence of messages. */
function read(type: Type, texts: Record<string, string[]> = {}) {
  const bytes = new Uint8Array(96);
  const view = new DataView(bytes.buffer);
  bytes.set([1, 1], 0); // A dataspace of version 1 with one axis,
  view.setUint32(8, 2, true); // of 2.
  bytes.set([0x10 | (type.kind ?? 1), type.order ?? 0x20], 16);
  view.setUint32(20, type.size, true);
  view.setUint16(26, 8 * type.size, true);
  bytes.set([type.exponentAt ?? 0, type.exponentBits ?? 0], 28);
  view.setUint32(32, type.bias ?? 0, true);
  bytes.set([3, 1], 48); // A layout of version 3, contiguous,
  view.setUint32(50, 80, true);
  view.setUint32(58, 2 * type.size, true);
  return readDataSet(
    createStructures(bytes),
    new Map([
      [MESSAGE.dataspace, [{ at: 0, length: 16 }]],
      [MESSAGE.datatype, [{ at: 16, length: 24 }]],
      [MESSAGE.layout, [{ at: 48, length: 18 }]],
    ]),
    "values",
    (name) => texts[name],
  );
}

const F32: Type = { size: 4, exponentAt: 23, exponentBits: 8, bias: 127 };
const F16: Type = { size: 2, exponentAt: 10, exponentBits: 5, bias: 15 };
const OPAQUE: Type = { kind: 5, size: 2 };

Deno.test("readDataSet() reads f32, f16 and what Keras 3 writes for bf16", () => {
  const at = { shape: [2], offset: 80 };
  assert.deepEqual(read(F32), { dtype: "F32", ...at, length: 8 });
  assert.deepEqual(read(F16), { dtype: "F16", ...at, length: 4 });
  assert.deepEqual(read(OPAQUE, { dtype: ["bfloat16"] }), {
    dtype: "BF16",
    ...at,
    length: 4,
  });
});

for (
  const [type, what] of [
    [
      { size: 8, exponentAt: 52, exponentBits: 11, bias: 1023 },
      "floats of 64 bits",
    ],
    [{ ...F32, order: 0x21 }, "big-endian"],
    [
      { ...F16, exponentBits: 8, exponentAt: 7, bias: 127 },
      "floats of 16 bits",
    ],
    [{ kind: 0, size: 8 }, "integers of 64 bits"],
    [{ kind: 0, size: 1 }, "integers of 8 bits"],
    [OPAQUE, "2 opaque bytes"],
    [{ kind: 9, size: 16 }, "of HDF5's class 9"],
  ] as [Type, string][]
) {
  Deno.test(`readDataSet() names what isn't read: ${what}`, () => {
    assert.throws(() => read(type), {
      name: "CorruptWeightsError",
      message:
        `Cannot read "values" as its values must be little-endian f32, f16 or bf16: they are ${what}`,
    });
  });
}
