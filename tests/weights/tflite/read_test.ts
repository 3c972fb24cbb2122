import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { isTflite } from "../../../src/weights/tflite/model.ts";
import { readTflite } from "../../../src/weights/tflite/read.ts";
import { joined } from "../../joined.ts";
import { makeZip } from "../../make_zip.ts";
import { type Tensor, tfliteFile, type TfliteParts } from "./tflite_file.ts";

const FOLDER = new URL("../../data/models/tf/", import.meta.url);
const FLOAT = fixture("float32.tflite");

function fixture(name: string): Uint8Array<ArrayBuffer> {
  const packed = Deno.readFileSync(new URL(`${name}.gz`, FOLDER));
  return new Uint8Array(gunzipSync(packed));
}

const read = (bytes: Uint8Array) => readTflite({ name: "m.tflite", bytes });

Deno.test("a TFLite file is told by its first bytes", () => {
  assert.ok(isTflite(FLOAT.subarray(0, 64)));
  assert.ok(!isTflite(new Uint8Array(8)));
  assert.ok(!isTflite(new Uint8Array()));
});

Deno.test("Keras's range is assumed of an input in floats", () => {
  const { pixels, usual } = read(FLOAT);
  assert.equal(pixels, undefined);
  assert.deepEqual(usual.offset, [-1, -1, -1]);
  assert.deepEqual(usual.crop, { kind: "center", fraction: 1 });
});

Deno.test("the range is guessed that a calibration on photos nearly finds", () => {
  const { pixels, usual } = read(fixture("int8.tflite"));
  assert.equal(pixels, undefined);
  assert.deepEqual(usual.offset, [-1, -1, -1]);
});

Deno.test("the classes' names are read from the archive behind the tables", () => {
  const withFiles = (files: Record<string, string>) =>
    read(joined(FLOAT, makeZip(files, FLOAT.length))).labels;
  const names = "tench\ngoldfish\r\nwhite shark\nray\nhen\n";
  assert.deepEqual(withFiles({ "labels.txt": names }), [
    "tench",
    "goldfish",
    "white shark",
    "ray",
    "hen",
  ]);
  // None that fits, or more than one.
  assert.equal(withFiles({ "labels.txt": "a\nb" }), undefined);
  assert.equal(withFiles({ "labels.bin": names }), undefined);
  assert.equal(withFiles({ "a.txt": names, "b.txt": names }), undefined);
  assert.equal(read(FLOAT).labels, undefined);
  // What is damaged isn't needed.
  const damaged = joined(FLOAT, makeZip({ "labels.txt": names }, 0));
  assert.equal(read(damaged).labels, undefined);
});

Deno.test("models that can't be read are refused", () => {
  const image = { shape: [1, 299, 299, 3] };
  const relu = { code: 19, inputs: ["x"], output: "y" };
  const refusals: [Partial<TfliteParts> & { image?: Tensor }, text: string][] =
    [
      [
        { version: 2 },
        "Cannot read the TFLite model as its version must be 3: it is 2",
      ],
      [
        { inputs: [] },
        "Cannot import the TFLite model as it must have one input, the image: it has 0",
      ],
      [
        { inputs: ["x", "y"] },
        "Cannot import the TFLite model as it must have one input, the image: it has 2",
      ],
      [
        { image: { shape: [1, 299, 299, 1] } },
        'Cannot import the TFLite model as its input "x" must have the shape [N,height,width,3] or [N,3,height,width]: it has [1,299,299,1]',
      ],
      [
        { operators: [{ ...relu, inputs: ["z"] }] },
        'Cannot import the TFLite model as what gives "y" must come after what it reads: tensor 2 isn\'t given before',
      ],
      [
        { operators: [relu, relu] },
        "Cannot import the TFLite model as one operator must give tensor 1: two do",
      ],
      [
        { outputs: ["z"] },
        "Cannot import the TFLite model as it must have one answer: it has none; convert it with one output",
      ],
      [
        { operators: [relu, { ...relu, output: "z" }], outputs: ["y", "z"] },
        'Cannot import the TFLite model as it must have one answer: it has "y" and "z"; convert it with one output',
      ],
      [
        { image: { ...image, type: 9 } },
        'Cannot import the TFLite model as its input "x" must be float32, uint8 or quantized int8: it is of type 9 in TensorType',
      ],
    ];
  for (const [{ image: x = image, ...parts }, text] of refusals) {
    const file = tfliteFile({
      tensors: { x, y: image, z: image },
      operators: [relu],
      ...parts,
    });
    assert.throws(() => read(file), new CorruptWeightsError(text));
  }
});
