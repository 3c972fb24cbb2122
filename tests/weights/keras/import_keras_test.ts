import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import {
  inceptionV3,
  isWeighted,
  type Network,
  nodesFor,
} from "../../../src/model/mod.ts";
import { importKerasH5 } from "../../../src/weights/keras/import_keras.ts";
import { readKerasFile } from "../../keras_files.ts";
import { readH5, TINY, tinyNetwork } from "../../keras_h5.ts";
import { makeZip } from "../../make_zip.ts";
import { randomNumbers } from "../../random.ts";

for (
  const [name, description] of [
    ["keras2_weights", "weights alone"],
    ["keras2_model", "a whole model with a list of layers in parts"],
    ["keras3_weights", "weights that Keras 3 wrote"],
  ] as const
) {
  Deno.test(`importKerasH5() gives what importLayersModel() gives, of ${description}`, async () => {
    const network = importKerasH5(readH5(name));
    assert.deepEqual(network.architecture, {
      ...TINY,
      hiddenUnits: [],
      countIncludePad: false,
    });
    assert.equal(network.labels[4], "class 4");
    assertSameWeights(network, await tinyNetwork(), "Predictions");
  });
}

Deno.test("importKerasH5() gives a network of no classes of weights without a top", async () => {
  const network = importKerasH5(readH5("keras2_weights_notop"));
  assert.equal(network.architecture.classes, 0);
  assert.deepEqual(network.labels, []);
  const graph = inceptionV3(network.architecture);
  assert.deepEqual(graph.outputs, {
    activations: "Mixed_7c",
    features: "AvgPool_1a",
  });
  assert.throws(() => network.weights("Logits"), { name: "ArgumentError" });
  // Its layers are numbered from 95, and its batch norms have a gamma.
  assertSameWeights(network, await tinyNetwork(true), "AvgPool_1a");
});

Deno.test("importKerasH5() gives the labels and preprocessing it is given", () => {
  const labels = ["a", "b", "c", "d", "e"];
  const preprocessing = {
    crop: { kind: "squash" },
    resize: "half-pixel",
    scale: [1, 2, 3],
    offset: [0, 0, 0],
  } as const;
  const network = importKerasH5(readH5("keras2_weights"), {
    labels,
    preprocessing,
  });
  assert.deepEqual(network.labels, labels);
  assert.deepEqual(network.preprocessing, preprocessing);
});

Deno.test("importKerasH5() takes what weights alone don't say of options", () => {
  const network = importKerasH5(readKerasFile("flat.weights.h5"), {
    activation: "sigmoid",
    pooling: "max",
  });
  const { activation, pooling } = network.architecture;
  assert.deepEqual([activation, pooling], ["sigmoid", "max"]);
  assert.equal(network.origins?.activation, "option");
  assert.equal(network.origins?.pooling, "option");
});

Deno.test("importKerasH5() reads a .keras that lies in a larger buffer", () => {
  const file = readKerasFile("flat.keras");
  const buffer = new Uint8Array(file.length + 5);
  buffer.set(file, 3);
  const found = importKerasH5(buffer.subarray(3, -2));
  const expected = importKerasH5(readKerasFile("flat.h5"));
  assert.deepEqual(found.weights("Logits"), expected.weights("Logits"));
});

Deno.test("importKerasH5() refuses an archive that isn't Keras's, and a damaged one", () => {
  const zip = makeZip({ "config.json": "{}" });
  assert.throws(() => importKerasH5(zip), {
    name: "CorruptWeightsError",
    message: /as Keras must have written it: it has no model\.weights\.h5$/,
  });
  const file = readKerasFile("flat.keras");
  file[file.length >> 1]! ^= 1;
  assert.throws(() => importKerasH5(file), {
    name: "CorruptWeightsError",
    message: /"model\.weights\.h5" is damaged: its CRC-32 is wrong$/,
  });
});

Deno.test("importKerasH5() reads a file that lies in a larger buffer", async () => {
  const file = readH5("keras2_weights");
  const buffer = new Uint8Array(file.length + 5);
  buffer.set(file, 3);
  const network = importKerasH5(buffer.subarray(3, -2));
  assertSameWeights(network, await tinyNetwork(), "Predictions");
});

const FAULTS: [
  name: string,
  file: string,
  change: [from: string, to: string],
  message: RegExp,
][] = [
  [
    "a list of a layer that isn't there",
    "keras2_weights",
    ["\0conv2d_9\0", "\0conv2d_x\0"],
    /layer "conv2d_x" as it must be in the file once: it is absent$/,
  ],
  [
    "a list of one layer twice",
    "keras2_weights",
    ["\0conv2d_9\0", "\0conv2d_8\0"],
    /layer "conv2d_8" as it must be in the file once: it is listed twice$/,
  ],
  [
    "a list of a tensor that isn't there",
    "keras2_weights",
    ["conv2d_9/kernel:0", "conv2d_9/kernel:1"],
    /tensor "conv2d_9\/kernel:1" of the Keras layer "conv2d_9"$/,
  ],
  [
    "a file without a list of layers",
    "keras2_weights",
    ["layer_names", "layer_nomes"],
    /as Keras must have written it: it has neither "layer_names" nor "layers"$/,
  ],
  [
    "a whole model whose configuration isn't JSON",
    "keras2_model",
    ['{"class_name"', '("class_name"'],
    /model_config as it is not JSON$/,
  ],
  [
    "a whole model that isn't wired as Inception-v3",
    "keras2_model",
    ['"strides": [2, 2]', '"strides": [1, 1]'],
    /with "Conv2d_1a_3x3" as its stride must be \[2,2\]: it is \[1,1\]$/,
  ],
];

for (const [name, file, [from, to], message] of FAULTS) {
  Deno.test(`importKerasH5() rejects ${name}`, () => {
    const bytes = readH5(file);
    replaceText(bytes, from, to);
    assert.throws(() => importKerasH5(bytes), (error) => {
      assert.ok(error instanceof CorruptWeightsError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("importKerasH5() rejects labels that aren't as many as classes", () => {
  assert.throws(
    () => importKerasH5(readH5("keras2_weights"), { labels: ["one"] }),
    /5 classes with 1 name/,
  );
});

Deno.test("importKerasH5() rejects a file that is cut off, wherever it is", () => {
  const bytes = readH5("keras2_model");
  for (let i = 0; i < 100; i++) {
    const length = Math.floor(bytes.length * i / 100);
    const part = bytes.slice(0, length);
    assert.throws(() => importKerasH5(part), CorruptWeightsError);
    if (length < 96) continue;
    // The superblock's size of the file.
    new DataView(part.buffer).setBigUint64(40, BigInt(length), true);
    assert.throws(() => importKerasH5(part), CorruptWeightsError);
  }
});

for (const name of ["keras2_model", "keras3_weights"]) {
  Deno.test(`importKerasH5() gives a network or a CorruptWeightsError of ${name} with random changes`, () => {
    const bytes = readH5(name);
    const random = randomNumbers(1);
    // Most of the file is weight values and zeros.
    const structure = [...bytes.keys()].filter((i) => bytes[i] !== 0);
    for (let i = 0; i < 100; i++) {
      const changed = bytes.slice();
      for (let n = random() * 20; n > 0; n--) {
        const at = structure[Math.floor(random() * structure.length)]!;
        changed[at] = random() < 0.5 ? 0xff : random() * 256;
      }
      try {
        const network = importKerasH5(changed);
        network.weights("Mixed_7c/branch3x3dbl_3b");
      } catch (error) {
        if (!(error instanceof CorruptWeightsError)) throw error;
      }
    }
  });
}

function assertSameWeights(found: Network, expected: Network, output: string) {
  for (
    const { name } of nodesFor(inceptionV3(TINY), output).filter(isWeighted)
  ) {
    assert.deepEqual(found.weights(name), expected.weights(name), name);
  }
}

/** Overwrites the first `from` with other letters of the same number. */
function replaceText(bytes: Uint8Array, from: string, to: string): void {
  assert.equal(from.length, to.length);
  const at = new TextDecoder("latin1").decode(bytes).indexOf(from);
  assert.ok(at >= 0);
  bytes.set(new TextEncoder().encode(to), at);
}
