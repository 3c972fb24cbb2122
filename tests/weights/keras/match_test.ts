import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { matchKeras } from "../../../src/weights/keras/match.ts";
import {
  type FindTensor,
  nameOf,
} from "../../../src/weights/keras/variables.ts";
import {
  type LayerJson,
  makeLayersModel,
  type ModelJson,
  NARROW,
} from "../../layers_model.ts";
import { randomNumbers } from "../../random.ts";

Deno.test("matchKeras() finds layers by topology, whatever their names", () => {
  const { modelJson } = makeLayersModel({ firstNumber: 95 });
  const layers = layersOf(modelJson);
  // Random names in a random order.
  const random = randomNumbers(3);
  const renamed = new Map(
    layers.map(({ name }) => [name, `layer_${random()}`]),
  );
  for (const layer of layers) {
    layer.name = renamed.get(layer.name)!;
    layer.config.name = layer.name;
    for (const inputs of layer.inbound_nodes) {
      for (const reference of inputs as unknown[][]) {
        reference[0] = renamed.get(reference[0] as string);
      }
    }
  }
  for (const weight of modelJson.weightsManifest[0]!.weights) {
    const [layer = "", role] = weight.name.split("/");
    weight.name = `${renamed.get(layer)}/${role}`;
  }
  const { config } = modelJson.modelTopology.model_config;
  const output = config.output_layers[0] as unknown[];
  output[0] = renamed.get(output[0] as string);
  layers.sort((a, b) => a.name < b.name ? -1 : 1);

  const { layers: found, architecture } = match(modelJson);
  assert.deepEqual(architecture, {
    ...NARROW,
    hiddenUnits: [],
    countIncludePad: false,
  });
  assert.equal(found.size, 95);
  assert.equal(
    found.get("Conv2d_1a_3x3")!.kernel.name,
    `${renamed.get("conv2d_95")}/kernel`,
  );
  const { kernel, after: [norm] = [] } = found.get("Mixed_7c/branch_pool")!;
  assert.equal(kernel.name, `${renamed.get("conv2d_188")}/kernel`);
  assert.ok(norm?.op === "batchNorm");
  assert.equal(
    norm.mean.name,
    `${renamed.get("batch_normalization_188")}/moving_mean`,
  );
});

for (
  const [shape, expected] of [
    [[null, null, null, 3], undefined],
    [[null, 299, 299, 3], "full"],
    [[null, 150, 150, 3], 150],
    [[8, 75, 75, 3], 75],
    [[null, null, 224, 3], 224],
    [null, undefined],
  ] as const
) {
  Deno.test(`matchKeras() finds a variant of ${expected} in an input of ${JSON.stringify(shape)}`, () => {
    for (const name of ["batch_input_shape", "batch_shape"]) { // Keras 2, Keras 3.
      const { modelJson } = makeLayersModel();
      const { config } = inputIn(modelJson);
      delete config.batch_input_shape;
      config[name] = shape;
      const { variant, origins } = match(modelJson);
      assert.equal(variant, expected);
      assert.deepEqual(origins, {}); // The wiring has the rest.
    }
  });
}

for (
  const [shape, message] of [
    [[null, 150, 224, 3], /"input_7" .* as it must be square: .*150,224/],
    [
      [null, 74, 74, 3],
      /"input_7" .* as it must be .* of 75\.\.1024: it is 74/,
    ],
    [[null, 1025, 1025, 3], /of 75\.\.1024: it is 1025/],
    [[null, "150", "150", 3], /a finite number: it is "150"/],
    [[null, 150.5, 150.5, 3], /a whole number of 75/],
    ["150", /an array: it is "150"/],
  ] as const
) {
  Deno.test(`matchKeras() rejects an input of ${JSON.stringify(shape)}`, () => {
    const { modelJson } = makeLayersModel();
    inputIn(modelJson).config.batch_input_shape = shape;
    assert.throws(() => match(modelJson), (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("matchKeras() takes a pool as large as the grid of the model's own size", () => {
  const { modelJson } = makeLayersModel({ flatten: true });
  inputIn(modelJson).config.batch_input_shape = [null, 150, 150, 3];
  assert.throws(
    () => match(modelJson),
    /must cover the grid, \[3,3\]: its size is \[8,8\]/,
  );
  const pool = layersOf(modelJson).find(({ config }) =>
    String(config.pool_size) === "8,8"
  );
  pool!.config.pool_size = [3, 3];
  assert.equal(match(modelJson).variant, 150);
});

Deno.test("matchKeras() tells twin branches apart by the order of the concatenation", () => {
  const { modelJson } = makeLayersModel();
  const { kernel } = match(modelJson).layers.get("Mixed_7c/branch3x3_2a")!;
  assert.deepEqual(kernel.shape.slice(0, 2), [1, 3]);
  // Swapping the twins swaps their kernels' shapes, which is detected.
  const concat = layersOf(modelJson).findLast(({ inbound_nodes }) =>
    inbound_nodes[0]?.length === 2
  )!;
  concat.inbound_nodes[0]!.reverse();
  throws(
    modelJson,
    /"Mixed_7c\/branch3x3dbl_3a" as its kernel must be \[1,3\]: it is \[3,1\]/,
  );
});

Deno.test("matchKeras() finds a head with hidden layers and dropout", () => {
  const { modelJson } = makeLayersModel({
    architecture: { ...NARROW, classes: 5, hiddenUnits: [16, 8] },
    flatten: true,
  });
  const { architecture, layers } = match(modelJson);
  assert.equal(architecture.classes, 5);
  assert.deepEqual(architecture.hiddenUnits, [16, 8]);
  assert.equal(layers.get("Logits/hidden_1")!.kernel.name, "dense_95/kernel");
  assert.equal(layers.get("Logits")!.kernel.name, "dense_97/kernel");
});

Deno.test("matchKeras() takes ReLU and softmax as layers of their own", () => {
  const { modelJson } = makeLayersModel();
  const layers = layersOf(modelJson);
  for (const layer of layers) {
    if (layer.class_name === "Activation") layer.class_name = "ReLU";
  }
  const dense = layers.at(-1)!;
  layers.push({
    name: "softmax",
    class_name: "Softmax",
    config: { name: "softmax" },
    inbound_nodes: [[[dense.name, 0, 0, {}]]],
  });
  modelJson.modelTopology.model_config.config.output_layers = [
    ["softmax", 0, 0],
  ];
  throws(
    modelJson,
    /must be softmax, sigmoid or none: it is softmax, then softmax/,
  );
  dense.config.activation = "linear";
  assert.equal(match(modelJson).layers.size, 95);
});

for (
  const [end, className] of [
    ["a global pool", "GlobalAveragePooling2D"],
    ["the last concatenation", "Concatenate"],
    ["a pool of the whole grid", "Flatten"],
  ] as const
) {
  Deno.test(`matchKeras() finds a network of no classes that ends with ${end}`, () => {
    const { modelJson } = makeLayersModel({ flatten: className === "Flatten" });
    const last = layersOf(modelJson).findLast((it) =>
      it.class_name === className
    )!;
    modelJson.modelTopology.model_config.config.output_layers = [
      [last.name, 0, 0],
    ];
    const { architecture, layers } = match(modelJson);
    assert.equal(architecture.classes, 0);
    assert.deepEqual(inceptionV3(architecture).outputs, {
      activations: "Mixed_7c",
      features: "AvgPool_1a",
    });
    assert.equal(layers.size, 94);
  });
}

Deno.test("matchKeras() reads the references of Keras 3", () => {
  const { modelJson } = makeLayersModel();
  const { architecture, layers } = match(modelJson);
  const model_config = inKeras3Form(modelJson);
  const found = match({
    ...modelJson,
    modelTopology: { model_config },
  } as unknown as ModelJson);
  assert.deepEqual(found.architecture, architecture);
  assert.deepEqual(namesIn(found.layers), namesIn(layers));
});

for (
  const [name, call, message] of [
    ["no arguments", {}, /an input of "conv2d_3" as it must be an array/],
    [
      "an argument that isn't a tensor",
      { args: [3] },
      /nothing like the layer "conv2d_3" in it: it is a Conv2D that reads 0 layers$/,
    ],
    [
      "a tensor without a history",
      { args: [{ class_name: "__keras_tensor__", config: {} }] },
      /nothing like the layer "conv2d_3" in it: it is a Conv2D that reads 0 layers$/,
    ],
  ] as const
) {
  Deno.test(`matchKeras() rejects a call of Keras 3 with ${name}`, () => {
    const model = inKeras3Form(makeLayersModel().modelJson);
    find(model.config.layers, "conv2d_3").inbound_nodes = [call];
    assert.throws(() => matchModel(model), (error) => {
      assert.ok(error instanceof CorruptWeightsError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}

type Fault = [
  name: string,
  change: (model: ModelJson, layers: LayerJson[]) => void,
  message: RegExp,
];

const FAULTS: Fault[] = [
  [
    "another kernel size",
    (model) => shapeOf(model, "conv2d_4/kernel").splice(0, 2, 3, 3),
    /"conv2d_4" .* with "Conv2d_3b_1x1" as its kernel must be \[1,1\]: it is \[3,3\]/,
  ],
  [
    "another stride",
    (_, layers) => find(layers, "conv2d_1").config.strides = [1, 1],
    /"conv2d_1" .* with "Conv2d_1a_3x3" as its stride must be \[2,2\]/,
  ],
  [
    "another channel count",
    (model) => shapeOf(model, "conv2d_9/kernel")[3] = 7,
    /"conv2d_9" .* with "Mixed_5b\/branch3x3dbl_2" as its number of channels must be 6: it is 7/,
  ],
  [
    "dilation",
    (_, layers) => find(layers, "conv2d_9").config.dilation_rate = [2, 2],
    /dilation must be \[1,1\]/,
  ],
  [
    "groups",
    (_, layers) => find(layers, "conv2d_9").config.groups = 2,
    /number of groups must be 1/,
  ],
  [
    "another activation",
    (_, layers) => find(layers, "activation_9").config.activation = "tanh",
    /"activation_9" .* with .* as its activation must be relu: it is tanh/,
  ],
  [
    "batch norm over another axis",
    (_, layers) => find(layers, "batch_normalization_2").config.axis = 1,
    /a batch norm along another axis/,
  ],
  [
    "another pool",
    (_, layers) => find(layers, "pool_4").class_name = "AveragePooling2D",
    /"pool_4" .* with "MaxPool_3a_3x3" as it must be a max pool/,
  ],
  [
    "a layer that is wired to a layer that isn't there",
    (_, layers) => find(layers, "conv2d_3").inbound_nodes = [[["no", 0, 0]]],
    /Cannot find the Keras layer "no" that another one reads$/,
  ],
  [
    "a branch that reads another block",
    (_, layers) =>
      find(layers, "conv2d_64").inbound_nodes =
        find(layers, "conv2d_54").inbound_nodes,
    /as "mixed_\d+" stands for it elsewhere/,
  ],
  [
    "a layer that is used twice",
    (_, layers) =>
      find(layers, "conv2d_3").inbound_nodes.push(
        ...find(layers, "conv2d_2").inbound_nodes,
      ),
    /"conv2d_3" as it is used 2 times/,
  ],
  [
    "two layers of one name",
    (_, layers) => layers.push(find(layers, "conv2d_3")),
    /two layers have the name "conv2d_3"/,
  ],
  [
    "a classifier with another activation",
    (_, layers) => layers.at(-1)!.config.activation = "tanh",
    /activation must be softmax, sigmoid or none: it is tanh/,
  ],
  ...["activation_9", "dense_95"].flatMap((name): Fault[] =>
    [{ toString: 1, valueOf: 1 }, nested(100_000)].map((activation): Fault => [
      `an activation of "${name}" that is ${
        Array.isArray(activation) ? "deep" : "an object"
      }`,
      (_, layers) => find(layers, name).config.activation = activation,
      /as its activation must be .*: it is of another kind/,
    ])
  ),
  [
    "a deep stride",
    (_, layers) => find(layers, "conv2d_9").config.strides = [nested(100_000)],
    /the strides of the layer "conv2d_9" as it must be a finite number: it is \[\[…\]\]$/,
  ],
  [
    "17 hidden layers",
    (_, layers) => {
      const head = layers.at(-1)!;
      const inputs = head.inbound_nodes;
      for (let i = 0; i < 17; i++) {
        const config = { ...head.config, units: 2, activation: "relu" };
        const inbound_nodes = i === 0 ? inputs : [[[`d${i - 1}`, 0, 0, {}]]];
        layers.push({ ...head, name: `d${i}`, config, inbound_nodes });
      }
      head.inbound_nodes = [[["d16", 0, 0, {}]]];
    },
    /must have <= 16 dense layers before the last/,
  ],
  [
    "a classifier of no classes",
    (model) => shapeOf(model, "dense_95/kernel")[1] = 0,
    /"dense_95\/kernel" must be \[inputs, units\]: it is \[128,0\]/,
  ],
  [
    "a softmax of the features",
    (model, layers) => {
      const head = layers.at(-1)!;
      head.class_name = "Softmax";
      head.config = { name: head.name };
      model.modelTopology.model_config.config.output_layers = [[
        head.name,
        0,
        0,
      ]];
    },
    /"dense_95" .* must follow a dense layer: it is the activation softmax of the features/,
  ],
  [
    "two outputs",
    (model) =>
      model.modelTopology.model_config.config.output_layers.push([
        "pool",
        0,
        0,
      ]),
    /must have one output: it has 2/,
  ],
  [
    "a model of Python code",
    (model) => model.modelTopology.model_config.class_name = "MyModel",
    /class "MyModel" as it must be functional or Sequential/,
  ],
  [
    "a chain of dropouts that bites its tail",
    (model, layers) => {
      const loop = (name: string, input: string) => ({
        name,
        class_name: "Dropout",
        config: { name },
        inbound_nodes: [[[input, 0, 0, {}]]],
      });
      layers.push(loop("head", "tail"), loop("tail", "head"));
      model.modelTopology.model_config.config.output_layers = [["head", 0, 0]];
    },
    /layer "(head|tail)" as it must not read its own result$/,
  ],
];

for (const [name, change, message] of FAULTS) {
  Deno.test(`matchKeras() rejects ${name}`, () => {
    const { modelJson } = makeLayersModel();
    change(modelJson, layersOf(modelJson));
    throws(modelJson, message);
  });
}

function match(modelJson: ModelJson) {
  return matchModel(
    modelJson.modelTopology.model_config,
    (name) => shapeOf(modelJson, name),
  );
}

function matchModel(
  model: unknown,
  shapeOf: (name: string) => readonly number[] = () => [2, 2],
) {
  const find: FindTensor = (place, variable) => {
    const name = `${nameOf(place)}/${variable.name}`;
    const read = () => assert.fail("a tensor is read");
    return { name, shape: shapeOf(name), read };
  };
  return matchKeras(model, find);
}

/** The mutable shape of a tensor. */
function shapeOf({ weightsManifest }: ModelJson, name: string): number[] {
  return weightsManifest[0]!.weights.find((it) => it.name === name)?.shape ??
    [2, 2]; // For a dense layer that a test adds.
}

/** The names of all tensors. */
function namesIn(layers: ReturnType<typeof match>["layers"]): unknown {
  return JSON.parse(JSON.stringify([...layers]));
}

function throws(modelJson: ModelJson, message: RegExp) {
  assert.throws(() => match(modelJson), (error) => {
    assert.ok(error instanceof CorruptWeightsError, String(error));
    assert.match(error.message, message);
    return true;
  });
}

/** The configuration in Keras 3's format, with calls instead of references. */
function inKeras3Form({ modelTopology }: ModelJson) {
  const { config } = modelTopology.model_config;
  const tensor = ([name, node, index]: readonly unknown[]) => ({
    class_name: "__keras_tensor__",
    config: { dtype: "float32", keras_history: [name, node, index] },
  });
  return {
    class_name: "Functional",
    config: {
      layers: config.layers.map((layer) => ({
        ...layer,
        inbound_nodes: layer.inbound_nodes.map((references): unknown => {
          const tensors = (references as unknown[][]).map(tensor);
          const args = layer.class_name === "Concatenate" ? [tensors] : tensors;
          return { args, kwargs: {} };
        }),
      })),
      output_layers: config.output_layers[0],
    },
  };
}

function layersOf(modelJson: ModelJson): LayerJson[] {
  return modelJson.modelTopology.model_config.config.layers;
}

function find<L extends { name: string }>(
  layers: readonly L[],
  name: string,
): L {
  return layers.find((layer) => layer.name === name)!;
}

function inputIn(modelJson: ModelJson): LayerJson {
  return layersOf(modelJson).find((it) => it.class_name === "InputLayer")!;
}

/** Nested arrays. */
function nested(levels: number): unknown {
  let value: unknown = [];
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}
