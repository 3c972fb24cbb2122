import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { openHdf5 } from "../../../src/weights/hdf5/open.ts";
import { importKerasH5 } from "../../../src/weights/keras/import_keras.ts";
import { readH5 } from "../../keras_h5.ts";
import { sharingFile } from "./shared_parts.ts";

Deno.test("openHdf5() finds groups, texts of fixed length and data", () => {
  const bytes = readH5("keras2_weights");
  const root = openHdf5(bytes);
  assert.equal(root.texts("layer_names")!.length, 311 + 2);
  assert.deepEqual(root.texts("backend"), ["tensorflow"]);
  const layer = root.group("conv2d_1")!;
  assert.deepEqual(layer.texts("weight_names"), ["conv2d_1/kernel:0"]);
  const { shape, length } = layer.dataSet("conv2d_1/kernel:0")!;
  assert.deepEqual(shape, [3, 3, 3, 1]);
  assert.equal(length, 27 * 4);
});

Deno.test("openHdf5() finds texts of variable length", () => {
  const root = openHdf5(readH5("keras3_weights"));
  assert.equal(root.texts("layer_names")![1], "conv2d");
  assert.deepEqual(root.texts("keras_version"), ["3.15.1"]);
});

Deno.test("openHdf5() gives undefined for what isn't there", () => {
  const root = openHdf5(readH5("keras2_weights"));
  assert.equal(root.texts("layer_shapes"), undefined);
  assert.equal(root.group("conv2d_0"), undefined);
  assert.equal(root.group("conv2d_1/conv2d_2"), undefined);
  assert.equal(root.dataSet("conv2d_1/conv2d_1/kernel:0/more"), undefined);
});

Deno.test("openHdf5() gives no texts for an empty list", () => {
  assert.deepEqual(openHdf5(readH5("unread_forms")).texts("nothing"), []);
});

for (
  const [name, message] of [
    ["chunked", /"chunked" as it must lie in one piece/],
    ["f64", /"f64" as its values must be little-endian f32/],
    ["big_endian", /"big_endian" as its values must be little-endian f32/],
    ["empty", /"empty" as its \[0,4\] values must fill its 0 bytes/],
  ] as const
) {
  Deno.test(`openHdf5() rejects ${name} data`, () => {
    const root = openHdf5(readH5("unread_forms"));
    rejects(() => root.dataSet(name), message);
  });
}

Deno.test("openHdf5() rejects a group where data should be, and a number for text", () => {
  rejects(
    () => openHdf5(readH5("keras2_weights")).dataSet("conv2d_1"),
    /"conv2d_1": it is no HDF5 data/,
  );
  rejects(
    () => openHdf5(readH5("unread_forms")).texts("number"),
    /"number" as it must be text: it is of class 0/,
  );
});

const FAULTS: [
  name: string,
  change: (view: DataView, bytes: Uint8Array) => void,
  message: RegExp,
][] = [
  [
    "another format",
    (view) => view.setUint8(0, 0x50),
    /must start as HDF5 files do/,
  ],
  [
    "a superblock of another version",
    (view) => view.setUint8(8, 3),
    /must be of version 0 with sizes of 8 bytes: it is of version 3/,
  ],
  [
    "a superblock that promises more bytes than there are",
    (view) => view.setBigUint64(40, 10n ** 9n, true),
    /must have 1000000000 bytes: it has \d+$/,
  ],
  [
    "a root outside of the file",
    (view) => view.setBigUint64(64, 2n ** 60n, true),
    /must have >= \d+ bytes: it has \d+$/,
  ],
  [
    "a group whose tree contains itself",
    (view, bytes) => {
      const tree = indexOf(bytes, "TREE");
      view.setUint8(tree + 5, 1); // One level more than it has.
      for (let child = tree + 32; child < tree + 500; child += 16) {
        view.setBigUint64(child, BigInt(tree), true);
      }
    },
    /its parts refer to each other in circles/,
  ],
  [
    "a list of two billion empty texts",
    (view, bytes) => {
      const datatype = indexOf(bytes, "layer_names\0") + 16;
      view.setUint32(datatype + 4, 0, true);
      view.setUint32(datatype + 16, 2 ** 31, true);
    },
    /"layer_names" as its 2147483648 values of 0 bytes must fit its \d+ bytes/,
  ],
];

for (const [name, change, message] of FAULTS) {
  Deno.test(`openHdf5() rejects ${name}`, () => {
    const bytes = readH5("keras2_weights");
    change(new DataView(bytes.buffer), bytes);
    rejects(() => {
      const root = openHdf5(bytes);
      root.texts("layer_names");
      root.group("conv2d_1");
    }, message);
  });
}

function rejects(open: () => void, message: RegExp): void {
  assert.throws(open, (error) => {
    assert.ok(error instanceof CorruptWeightsError, String(error));
    assert.match(error.message, message);
    return true;
  });
}

function indexOf(bytes: Uint8Array, text: string): number {
  return new TextDecoder("latin1").decode(bytes).indexOf(text);
}

for (
  const [what, shared] of [
    ["messages", { messages: 0x0c }],
    ["a heap", "heap"],
    ["a long name", "name"],
  ] as const
) {
  Deno.test(`openHdf5() doesn't keep more than is in a file whose groups share ${what}`, () => {
    // The file is as large as the data that is read from it.
    const bytes = sharingFile(60, 2 ** 24, shared);
    rejects(
      () => importKerasH5(bytes),
      /structures must take <= 4194304 bytes of memory: they take more$/,
    );
  });
}

Deno.test("openHdf5() doesn't keep messages that nobody asks for", () => {
  const messages = sharingFile(10, 2 ** 24, { messages: 0x7f });
  // No limit is exceeded, but it isn't a network.
  rejects(() => importKerasH5(messages), /Cannot match the file's 0 conv/);
});
