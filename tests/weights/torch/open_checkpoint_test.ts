import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { collectStates } from "../../../src/weights/torch/collect_states.ts";
import { openCheckpoint } from "../../../src/weights/torch/open_checkpoint.ts";
import { openZip } from "../../../src/weights/zip.ts";
import { makeZip } from "../../make_zip.ts";
import { joined } from "../../joined.ts";
import {
  checkpointZip,
  dict,
  floats,
  int,
  legacyFile,
  name,
  type Part,
  pickled,
  tensor,
  text,
  tuple,
  type View,
} from "./make_checkpoint.ts";

/** Reads the tensors of a file, by keys and names. */
async function readAll(bytes: Uint8Array) {
  const { root, findStorage } = await openCheckpoint(bytes);
  return new Map(
    collectStates(root, findStorage).flatMap(({ keys, tensors }) =>
      [...tensors].map(([it, tensor]) => [[...keys, it].join("/"), tensor])
    ),
  );
}

async function readValues(
  view: View,
  values: Uint8Array,
): Promise<number[]> {
  const bytes = checkpointZip(pickled(dict([["a", tensor(view)]])), {
    [view.key]: values,
  });
  return [...(await readAll(bytes)).get("a")!.read()];
}

const SIX = floats(1, 2, 3, 4, 5, 6);
const KEY = "7";

Deno.test("openCheckpoint() gives row-major values of any view", async () => {
  const read = (view: Omit<View, "key">) =>
    readValues({ key: KEY, ...view }, SIX);
  assert.deepEqual(await read({ shape: [2, 3] }), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(await read({ shape: [2], offset: 3 }), [4, 5]);
  assert.deepEqual(await read({ shape: [3, 2], strides: [1, 3] }), [
    1,
    4,
    2,
    5,
    3,
    6,
  ]);
  assert.deepEqual(await read({ shape: [2, 2], strides: [3, 1], offset: 1 }), [
    2,
    3,
    5,
    6,
  ]);
  // The strides of extents of 1 are arbitrary, as in `channels_last`.
  assert.deepEqual(await read({ shape: [1, 3, 1], strides: [99, 1, 3] }), [
    1,
    2,
    3,
  ]);
  assert.deepEqual(await read({ shape: [] }), [1]);
  assert.deepEqual(await read({ shape: [0, 4] }), []);
});

Deno.test("openCheckpoint() reads halves, bf16 and doubles", async () => {
  const read = (kind: string, bytes: ArrayBufferView<ArrayBuffer>) =>
    readValues({ key: KEY, shape: [1], kind }, new Uint8Array(bytes.buffer));
  assert.deepEqual(await read("Half", Uint16Array.of(0x3e00)), [1.5]);
  assert.deepEqual(await read("BFloat16", Uint16Array.of(0x3fc0)), [1.5]);
  assert.deepEqual(await read("Double", Float64Array.of(1.5)), [1.5]);
});

Deno.test("openCheckpoint() finds parameters, subclasses of tensors, and dicts in lists", async () => {
  const view = tensor({ key: KEY, shape: [6] });
  const parameter = joined(
    name("torch._utils", "_rebuild_parameter"),
    tuple(view, "\x88", "N"),
    pickled("R").subarray(2, 3),
  );
  const [rebuild, args] = [
    name("torch._utils", "_rebuild_tensor_v2"),
    view.subarray(name("torch._utils", "_rebuild_tensor_v2").length, -1),
  ];
  const subclass = joined(
    name("torch._tensor", "_rebuild_from_type_v2"),
    tuple(rebuild, name("my", "Tensor"), args, "N"),
    pickled("R").subarray(2, 3),
  );
  const old = joined(
    name("collections", "OrderedDict"),
    tuple(tuple(tuple(text("c"), view))),
    pickled("R").subarray(2, 3),
  );
  const bytes = checkpointZip(
    pickled(tuple(dict([["a", parameter], ["b", subclass]]), old, int(1))),
    { [KEY]: SIX },
  );
  const tensors = await readAll(bytes);
  assert.deepEqual([...tensors.keys()], ["0/a", "0/b", "1/c"]);
  for (const it of tensors.values()) {
    assert.deepEqual([...it.read()], [1, 2, 3, 4, 5, 6]);
  }
});

Deno.test("openCheckpoint() reads the format before 1.6", async () => {
  const pickle = pickled(dict([
    ["a", tensor({ key: "x", shape: [2] })],
    ["b", tensor({ key: "y", shape: [1], kind: "Double" })],
  ]));
  const bytes = legacyFile(pickle, {
    x: [2, floats(1, 2)],
    y: [1, new Uint8Array(Float64Array.of(3).buffer)],
  });
  const values = [...(await readAll(bytes)).values()].map((
    it,
  ) => [...it.read()]);
  assert.deepEqual(values, [[1, 2], [3]]);
  for (let length = 0; length < bytes.length; length++) {
    await assert.rejects(readAll(bytes.subarray(0, length)), {
      name: "CorruptWeightsError",
    });
  }
});

Deno.test("collectStates() goes through what is shared or in itself once", async () => {
  const shared = pickled(
    "]",
    ...Array.from({ length: 60 }, (_, i) => ["q", i, "h", i, "\x86"]).flat(),
  );
  assert.equal((await readAll(checkpointZip(shared))).size, 0);
  const inItself = pickled("}q\0", text("a"), "h\0s");
  assert.equal((await readAll(checkpointZip(inItself))).size, 0);
});

Deno.test("collectStates() passes over keys that aren't names", async () => {
  // Each tuple has the one before twice: 2^60 in all.
  const key = [
    ")",
    ...Array.from({ length: 60 }, (_, i) => ["q", i, "h", i, "\x86"]).flat(),
  ];
  const view = tensor({ key: KEY, shape: [6] });
  const bytes = checkpointZip(
    pickled("}(", ...key, view, text("a"), view, int(3), view, "u"),
    { [KEY]: SIX },
  );
  assert.deepEqual([...(await readAll(bytes)).keys()], ["a", "3"]);
});

const bad = (what: string, view: Partial<View>, message: RegExp) =>
  [
    what,
    checkpointZip(
      pickled(dict([["a", tensor({ key: KEY, shape: [6], ...view })]])),
      { [KEY]: SIX },
    ),
    message,
  ] as const;

const one = (...parts: readonly Part[]) => checkpointZip(pickled(...parts));

const FAULTS: readonly (readonly [what: string, Uint8Array, RegExp])[] = [
  bad("values past the end", { shape: [7] }, /must lie in the 6 of/),
  bad("an offset past the end", { offset: 1 }, /must lie in the 6 of/),
  bad(
    "strides past the end",
    { shape: [2], strides: [6] },
    /must lie in the 6/,
  ),
  bad(
    "values over and over",
    { shape: [7], strides: [0] },
    /must lie in the 6/,
  ),
  bad(
    "more values than a number counts",
    { shape: [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1], strides: [0, 0, 0] },
    /must lie in the 6/,
  ),
  bad("negative strides", { strides: [-1] }, /a storage, an offset, extents/),
  bad("a negative offset", { offset: -1 }, /a storage, an offset, extents/),
  bad("fewer strides than extents", { strides: [] }, /a storage, an offset/),
  bad("an unknown type", { kind: "constructor" }, /of a known type/),
  bad(
    "values that aren't there",
    { key: "8" },
    /"8" as the archive lacks them/,
  ),
  ["an empty archive", makeZip({}), /is a ZIP archive, not a model: unpack/],
  [
    "an archive of something else",
    makeZip({ "a/b.txt": "" }),
    /is a ZIP archive, not a model: unpack it/,
  ],
  [
    "a program of torch.export",
    makeZip({ "m/serialized_exported_program.json": "{}" }),
    /program of torch\.export .* torch\.save, or export the model to ONNX/,
  ],
  [
    "two models in one archive",
    makeZip({ "a/data.pkl": "", "b/data.pkl": "" }),
    /is a ZIP archive, not a model/,
  ],
  [
    "a big-endian archive",
    checkpointZip(pickled("N"), {}, { byteorder: "big" }),
    /must be little-endian: they are big-endian/,
  ],
  [
    "a big-endian file before 1.6",
    legacyFile(pickled("N"), {}, dict([["little_endian", "\x89"]])),
    /must be little-endian: they are big-endian/,
  ],
  ["another pickle", pickled(dict([])), /PyTorch must have saved it/],
  [
    "a negative count",
    legacyFile(pickled(tensor({ key: "x", shape: [] })), {
      x: [-1, floats(1)],
    }),
    /the values "x" as their count must be >= 0: it is -1/,
  ],
  [
    "a count past the end",
    legacyFile(pickled(tensor({ key: "x", shape: [] })), {
      x: [2 ** 40, floats(1)],
    }),
    /PyTorch model as it must have >= 4398046511275 bytes: it has 175/,
  ],
  [
    "values that nothing uses",
    legacyFile(pickled("N"), { x: [1, floats(1)] }),
    /the values "x" as they must be there, and be used/,
  ],
  [
    "modules that share their items",
    checkpointZip(pickled(
      "}(",
      ...Array.from({ length: 5000 }, (_, i) => [text(`${i}`), "N"]).flat(),
      "uq\x000}(",
      ...Array.from({ length: 2000 }, (_, i) => [
        text(`${i}`),
        name("__torch__", "M"),
        ")\x81h\0b",
      ]).flat(),
      "u",
    )),
    /must have <= 1048576 items: it has more/,
  ],
  [
    "a class with a long name",
    one(name("a", "b".repeat(2 ** 20)), "."),
    /the name of a class is too long/,
  ],
  [
    "dicts that nest too deep",
    one(
      ...Array.from({ length: 70 }, () => ["}", text("a")]).flat(),
      "N",
      "s".repeat(70),
    ),
    /must nest <= 64 deep/,
  ],
];

for (const [what, bytes, message] of FAULTS) {
  Deno.test(`openCheckpoint() refuses ${what}`, async () => {
    await assert.rejects(readAll(bytes), (error) => {
      assert.ok(error instanceof CorruptWeightsError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("openCheckpoint() reads an archive that was packed again, compressed", async () => {
  const view = tensor({ key: KEY, shape: [6] });
  const bytes = checkpointZip(
    pickled(dict([["a", view]])),
    { [KEY]: SIX },
  );
  const zip = openZip(bytes);
  const files = zip.names.map((it) => [it, zip.read(it)!]);
  const packed = makeZip(Object.fromEntries(files), 0, true);
  assert.deepEqual(
    [...(await readAll(packed)).get("a")!.read()],
    [1, 2, 3, 4, 5, 6],
  );
});

Deno.test("openCheckpoint() names tensors that it can't read, and reads the others", async () => {
  const bytes = checkpointZip(
    pickled(dict([
      ["q", tensor({ key: KEY, shape: [6], rebuild: "_rebuild_qtensor" })],
      [
        "s",
        tensor({ key: KEY, shape: [6], rebuild: "_rebuild_sparse_tensor" }),
      ],
      ["a", tensor({ key: KEY, shape: [6] })],
    ])),
    { [KEY]: SIX },
  );
  const dtypes = [...await readAll(bytes)].map((
    [it, { dtype }],
  ) => [it, dtype]);
  assert.deepEqual(dtypes, [["q", "quantized"], ["s", "sparse"], ["a", "F32"]]);
});
