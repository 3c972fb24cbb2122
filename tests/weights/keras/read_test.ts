import assert from "node:assert/strict";
import type { ImportedModel } from "../../../src/weights/foreign/imported.ts";
import {
  readKerasArchive,
  readKerasH5,
} from "../../../src/weights/keras/read.ts";
import {
  configOf,
  type Json,
  keras2Config,
  readKerasFile,
  valuesOf,
  withConfig,
} from "../../keras_files.ts";

const FLAT = readKerasArchive({ bytes: readKerasFile("flat.keras") });
const NESTED = readKerasFile("seq_nested.keras");

function read(file: Uint8Array, config: Json): ImportedModel {
  return readKerasArchive({ bytes: withConfig(file, config) });
}

/** Asserts that two files have the same network. */
function assertSame(found: ImportedModel, expected: ImportedModel): void {
  assert.deepEqual(found.architecture, expected.architecture);
  assert.equal(found.variant, expected.variant);
  assert.deepEqual(valuesOf(found.layers), valuesOf(expected.layers));
}

Deno.test("readKerasH5() and readKerasArchive() read the same of one model", () => {
  assert.deepEqual(FLAT.architecture, {
    classes: 7,
    hiddenUnits: [],
    widthMultiplier: 1 / 16,
    countIncludePad: false,
  });
  assertSame(readKerasH5({ bytes: readKerasFile("flat.h5") }), FLAT);
  assertSame(
    readKerasH5({ bytes: readKerasFile("seq_nested.h5") }),
    readKerasArchive({ bytes: NESTED }),
  );
});

Deno.test("readKerasH5() reads a .weights.h5 of Keras 3, and says what it assumes", () => {
  const found = readKerasH5({ bytes: readKerasFile("flat.weights.h5") });
  const { layers, ...others } = found;
  assert.deepEqual(valuesOf(layers), valuesOf(FLAT.layers));
  assert.deepEqual(others.origins, {
    pooling: "assumed",
    activation: "assumed",
  });
  assert.equal(others.variant, undefined);
});

Deno.test("readKerasH5() reads weights alone of a model in a model", () => {
  const weights = Uint8Array.from(readKerasFile("seq_nested.h5"));
  // Without its configuration, a whole model lacks its wiring, too.
  const at = indexOf(weights, "model_config");
  weights[at] = "x".charCodeAt(0);
  const found = readKerasH5({ bytes: weights });
  const expected = readKerasArchive({ bytes: NESTED });
  assert.deepEqual(valuesOf(found.layers), valuesOf(expected.layers));
});

for (
  const [name, facts, kind] of [
    ["flat_preprocess.h5", { pixels: 1 / 127.5 }, "preprocess_input in front"],
    ["flat_rescaling.keras", { pixels: 1 / 127.5 }, "Rescaling in front"],
    ["func_nested.keras", { classes: 6 }, "base(inputs, training=False)"],
    ["head_bn.keras", { hiddenUnits: [32] }, "batch norm in the head"],
    ["hidden.h5", { hiddenUnits: [32] }, "a hidden layer"],
    ["in_150.h5", { variant: 150 }, "another input size"],
    ["logits.h5", { assumed: "assumed" }, "logits"],
    [
      "mixed7_flatten_150.h5",
      {
        lastBlock: "Mixed_6e",
        pooling: "flatten",
        activation: "sigmoid",
        hiddenUnits: [16],
      },
      "a cut at mixed7 and flattening",
    ],
    ["pooling_max.h5", { pooling: "max" }, "a global max pool"],
    ["sigmoid_1.h5", { activation: "sigmoid", classes: 1 }, "one sigmoid"],
    ["sigmoid_multi.h5", { activation: "sigmoid" }, "sigmoids"],
  ] as const
) {
  Deno.test(`readKerasH5() or readKerasArchive() reads a model with ${kind}`, () => {
    const bytes = readKerasFile(name);
    const read = name.endsWith(".h5") ? readKerasH5 : readKerasArchive;
    const { architecture, variant, origins, pixels } = read({ bytes });
    const found = {
      ...architecture,
      variant,
      assumed: origins?.activation,
      pixels: pixels && Math.round(pixels.scale[0] * 1e8) / 1e8,
    };
    for (const [key, value] of Object.entries(facts)) {
      const expected = key === "pixels"
        ? Math.round(Number(value) * 1e8) / 1e8
        : value;
      assert.deepEqual(found[key as keyof typeof found], expected, key);
    }
  });
}

Deno.test("readKerasArchive() reads Keras 2's form of each configuration", () => {
  for (
    const name of [
      "flat",
      "seq_nested",
      "func_nested",
      "flat_rescaling",
      "head_bn",
    ]
  ) {
    const file = readKerasFile(`${name}.keras`);
    const found = read(file, keras2Config(configOf(file)));
    assertSame(found, readKerasArchive({ bytes: file }));
  }
});

Deno.test("readKerasArchive() reads a model in a model in a model", () => {
  const expected = readKerasArchive({ bytes: NESTED });
  const config = configOf(NESTED);
  const layers = config.config.layers as Json[];
  const augmentation = {
    class_name: "Sequential",
    config: {
      name: "augmentation",
      layers: ["RandomFlip", "RandomRotation"].map((class_name) => ({
        class_name,
        config: { name: class_name },
      })),
    },
  };
  layers.splice(1, 0, augmentation);
  assertSame(read(NESTED, config), expected);
});

Deno.test("readKerasArchive() takes the size of the image that the base gets", () => {
  const config = configOf(NESTED);
  const [input, base] = config.config.layers as Json[];
  input.config.batch_shape = [null, null, null, 3];
  assert.equal(read(NESTED, config).variant, "full");
  base.config.layers[0].config.batch_shape = [null, null, null, 3];
  assert.equal(read(NESTED, config).variant, undefined);
  config.config.layers.splice(1, 0, {
    class_name: "Resizing",
    config: { name: "resizing", height: 150, width: 150 },
  });
  const found = read(NESTED, config);
  assert.equal(found.variant, 150);
  assert.deepEqual(found.geometry, {
    crop: { kind: "squash" },
    resize: "half-pixel",
  });
});

/** The arguments of a functional layer's call in Keras 3. */
function call(...args: Json[]): Json {
  return [{ args, kwargs: {} }];
}

function tensor(name: string): Json {
  return {
    class_name: "__keras_tensor__",
    config: { keras_history: [name, 0, 0] },
  };
}

/**
 * The model of TensorFlow's guide to transfer learning: augmentation, scaling, base,
 * head.
 */
function guide(scaling: Json[]): Json {
  const config = configOf(readKerasFile("func_nested.keras"));
  const [input, base] = config.config.layers as Json[];
  const augmentation = {
    class_name: "Sequential",
    name: "augmentation",
    config: {
      name: "augmentation",
      layers: [{ class_name: "RandomFlip", config: { name: "random_flip" } }],
    },
    inbound_nodes: call(tensor(input.name)),
  };
  config.config.layers.splice(1, 0, augmentation, ...scaling);
  const last = scaling.at(-1) ?? augmentation;
  base.inbound_nodes[0].args = [tensor(last.name)];
  return config;
}

for (
  const [what, scaling, scale, offset] of [
    ["no scaling", [], 1 / 127.5, -1],
    [
      "preprocess_input",
      [
        {
          class_name: "TrueDivide",
          name: "a",
          config: { name: "a" },
          inbound_nodes: call(tensor("augmentation"), 127.5),
        },
        {
          class_name: "Subtract",
          name: "b",
          config: { name: "b" },
          inbound_nodes: call(tensor("a"), 1),
        },
      ],
      1 / 127.5,
      -1,
    ],
    [
      "Rescaling(1 / 255)",
      [{
        class_name: "Rescaling",
        name: "a",
        config: { name: "a", scale: 1 / 255, offset: 0 },
        inbound_nodes: call(tensor("augmentation")),
      }],
      1 / 255,
      0,
    ],
    [
      "2 * x - 1 of 0..1",
      [{
        class_name: "Rescaling",
        name: "a",
        config: { name: "a", scale: 2, offset: -1 },
        inbound_nodes: call(tensor("augmentation")),
      }],
      2 / 255,
      -1,
    ],
  ] as [string, Json[], number, number][]
) {
  Deno.test(`readKerasArchive() reads augmentation and ${what} in front of a base`, () => {
    const file = readKerasFile("func_nested.keras");
    const found = read(file, guide(scaling));
    assertSame(found, readKerasArchive({ bytes: file }));
    const { scale: [red], offset: [first] } = found.pixels ?? found.usual;
    assert.ok(Math.abs(red - scale) < 1e-8, `${red}`);
    assert.ok(Math.abs(first - offset) < 1e-6, `${first}`);
    assert.equal(found.pixels !== undefined, scaling.length > 0);
  });
}

for (
  const [what, change, message] of [
    [
      "a Lambda in front",
      (layers) =>
        layers.splice(1, 0, {
          class_name: "Lambda",
          config: { name: "scale", function: ["4wEA", null, null] },
        }),
      /"scale" .*: it is a Lambda, whose Python code isn't read/,
    ],
    [
      "an activation that Inception-v3 doesn't have",
      (layers) => layers.at(-1).config.activation = "tanh",
      /"out" .* as its activation must be softmax, sigmoid or none: it is tanh/,
    ],
    [
      "channels first",
      (layers) => layers[2].config.data_format = "channels_first",
      /"pooled" .* a GlobalAveragePooling2D with the channels first/,
    ],
    [
      "two convolutions more than weights",
      (layers) => layers[1].config.layers.splice(1, 1),
      /Cannot find the Keras layer "conv2d" that another one reads/,
    ],
  ] as [string, (layers: Json[]) => void, RegExp][]
) {
  Deno.test(`readKerasArchive() refuses a model with ${what}`, () => {
    const config = configOf(NESTED);
    change(config.config.layers);
    assert.throws(() => read(NESTED, config), {
      name: "CorruptWeightsError",
      message,
    });
  });
}

Deno.test("readKerasArchive() refuses weights that aren't the configuration's", () => {
  const config = configOf(NESTED);
  config.config.layers.push({ ...config.config.layers.at(-1) });
  config.config.layers.at(-1).config = {
    ...config.config.layers.at(-1).config,
    name: "more",
  };
  assert.throws(
    () => read(NESTED, config),
    /"out" as the file must have 2 groups for the layers of class Dense: it has 1$/,
  );
  const renamed = configOf(NESTED);
  renamed.config.layers.at(-1).config.name = "renamed";
  assert.throws(
    () => read(NESTED, renamed),
    /"renamed" as its weights must be in "layers\/dense\/": those are of "out"$/,
  );
});

function indexOf(bytes: Uint8Array, text: string): number {
  const at = new TextDecoder("latin1").decode(bytes).indexOf(text);
  assert.ok(at >= 0);
  return at;
}
