import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { loadNetwork } from "../../../src/weights/mod.ts";
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

Deno.test("Keras's range is assumed of an input in floats", async () => {
  const { pixels, usual } = await read(FLOAT);
  assert.equal(pixels, undefined);
  assert.deepEqual(usual.offset, [-1, -1, -1]);
  assert.deepEqual(usual.crop, { kind: "center", fraction: 1 });
});

Deno.test("the range is guessed that a calibration on photos nearly finds", async () => {
  const { pixels, usual } = await read(fixture("int8.tflite"));
  assert.equal(pixels, undefined);
  assert.deepEqual(usual.offset, [-1, -1, -1]);
});

const NAMES = "tench\ngoldfish\r\nwhite shark\nray\nhen\n";
const LABELS = ["tench", "goldfish", "white shark", "ray", "hen"];

for (const isDeflated of [false, true]) {
  Deno.test(`the classes' names are read from the archive behind the tables, ${isDeflated ? "compressed" : "as they are"}`, async () => {
    const withFiles = async (files: Record<string, string>) => {
      const archive = makeZip(files, FLOAT.length, isDeflated);
      return (await read(joined(FLOAT, archive))).labels;
    };
    assert.deepEqual(await withFiles({ "labels.txt": NAMES }), LABELS);
    assert.deepEqual(
      await withFiles({ "LICENSE.txt": "MIT", "labelmap.txt": NAMES }),
      LABELS,
    );
    // No list of names, or two that fit.
    assert.equal(await withFiles({ "labels.bin": NAMES }), undefined);
    assert.equal(await withFiles({ "LICENSE.txt": "MIT" }), undefined);
    assert.equal(
      await withFiles({ "a.txt": NAMES, "b.txt": NAMES }),
      undefined,
    );
  });
}

Deno.test("a TFLite file without an archive has no names", async () => {
  assert.equal((await read(FLOAT)).labels, undefined);
});

Deno.test("names that can't be the classes' are told, and aren't looked at if others are given", async () => {
  const damaged = makeZip({ "labels.txt": NAMES }, FLOAT.length, true);
  damaged[45]! ^= 255;
  const huge = makeZip(
    { "labels.txt": new Uint8Array(2 ** 21 + 1) },
    FLOAT.length,
    true,
  );
  const WAY_OUT = String.raw`--labels FILE, or \{ labels \}$`;
  const refusals: [archive: Uint8Array, text: string][] = [
    [
      makeZip({ "labels.txt": "a\nb" }, FLOAT.length),
      "Cannot label the model's 5 classes with 2 names from labels.txt in its archive: give others by ",
    ],
    [
      makeZip({ "labels.txt": NAMES }, 0),
      "Cannot read the names of the classes: Cannot read the ZIP archive as its directory must list 1 files: it lists 0; give them by ",
    ],
    [
      damaged,
      "Cannot read the names of the classes: Cannot read the ZIP archive as .* it is damaged; give them by ",
    ],
    [
      huge,
      'Cannot read the names of the classes: Cannot read the ZIP archive as "labels.txt" must have <= 2097152 bytes: it has 2097153; give them by ',
    ],
  ];
  for (const [archive, text] of refusals) {
    const bytes = joined(FLOAT, archive);
    await assert.rejects(loadNetwork(bytes), {
      name: "CorruptWeightsError",
      message: new RegExp(text + WAY_OUT),
    });
    const { labels } = await loadNetwork(bytes, { labels: LABELS });
    assert.deepEqual(labels, LABELS);
  }
});

Deno.test("models that can't be read are refused", async () => {
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
    await assert.rejects(read(file), new CorruptWeightsError(text));
  }
});
