import assert from "node:assert/strict";
import type { ForeignNode } from "../../../src/weights/foreign/graph.ts";
import { kerasGraph } from "../../../src/weights/keras/graph.ts";
import {
  type FindTensor,
  nameOf,
} from "../../../src/weights/keras/variables.ts";
import type { Json } from "../../keras_files.ts";

/** A single value for each variable, named after its layer. */
const find: FindTensor = (place, { name, index }) => ({
  name: `${nameOf(place)}/${name} ${index}`,
  shape: [3],
  read: () => new Float32Array([4, 16, 64]),
});

const IMAGE = layer("InputLayer", "image", { batch_shape: [null, 75, 75, 3] });
const CONV = layer("Conv2D", "conv", {
  filters: 2,
  kernel_size: [3, 3],
  strides: [2, 2],
  padding: "valid",
  data_format: "channels_last",
  dilation_rate: [1, 1],
  groups: 1,
  activation: "linear",
  use_bias: false,
});

/** A layer without inputs, which {@linkcode functional} adds. */
function layer(class_name: string, name: string, config: Json = {}): Json {
  return { class_name, name, config: { name, ...config } };
}

/** A tensor argument of a Keras 3 call. */
function tensor(name: string): Json {
  return {
    class_name: "__keras_tensor__",
    config: { shape: [null], dtype: "float32", keras_history: [name, 0, 0] },
  };
}

/** A functional model of chained layers, except those with explicit inputs. */
function functional(...layers: Json[]): Json {
  return {
    class_name: "Functional",
    config: {
      name: "functional",
      layers: layers.map((it, i) => ({
        inbound_nodes: i === 0
          ? []
          : [{ args: [tensor(layers[i - 1].name)], kwargs: {} }],
        ...it,
      })),
      input_layers: [layers[0].name, 0, 0],
      output_layers: [layers.at(-1).name, 0, 0],
    },
  };
}

function sequential(...layers: Json[]): Json {
  return { class_name: "Sequential", config: { name: "sequential", layers } };
}

/** A model as a layer of another. */
function nested(name: string, { class_name, config }: Json): Json {
  return { class_name, name, config: { ...config, name } };
}

function nodesOf(json: Json): Record<string, ForeignNode> {
  return Object.fromEntries(kerasGraph(json, find).graph.nodes);
}

Deno.test("kerasGraph() gives the nodes of a functional model and its output", () => {
  const { graph } = kerasGraph(
    functional(
      IMAGE,
      CONV,
      layer("BatchNormalization", "norm", {
        axis: [3],
        epsilon: 0.001,
        scale: false,
      }),
      layer("Activation", "relu", { activation: "relu" }),
      layer("MaxPooling2D", "pool", { pool_size: [3, 3], strides: null }),
    ),
    find,
  );
  assert.equal(graph.output, "pool");
  const [image, conv, norm, relu, pool] = [...graph.nodes.values()] as Json[];
  assert.deepEqual(image, { op: "input", name: "image", size: [75, 75] });
  assert.equal(conv.input, "image");
  assert.equal(conv.kernel.name, "conv/kernel 0");
  assert.equal(conv.bias, undefined);
  assert.deepEqual(conv.stride, [2, 2]);
  assert.equal(norm.gamma, undefined);
  assert.equal(norm.beta.name, "norm/beta 0");
  assert.equal(norm.variance.name, "norm/moving_variance 2");
  assert.deepEqual(relu, {
    op: "activation",
    name: "relu",
    input: "norm",
    activation: "relu",
  });
  assert.deepEqual([pool.stride, pool.padding], [[3, 3], "valid"]);
});

Deno.test("kerasGraph() takes layers in any order", () => {
  const model = functional(IMAGE, CONV, layer("Flatten", "flat"));
  model.config.layers.reverse();
  const { graph } = kerasGraph(model, find);
  assert.deepEqual([...graph.nodes.keys()], ["image", "conv", "flat"]);
});

Deno.test("kerasGraph() unfolds models in models, and drops what is for training", () => {
  const base = functional(
    layer("InputLayer", "image", { batch_shape: [null, null, null, 3] }),
    CONV,
  );
  const augmentation = sequential(
    layer("RandomFlip", "flip"),
    layer("RandomRotation", "turn"),
  );
  const { graph } = kerasGraph(
    sequential(
      layer("InputLayer", "in", { batch_shape: [null, 150, 150, 3] }),
      nested("augmentation", augmentation),
      nested("outer", sequential(nested("base", base))),
      layer("GlobalAveragePooling2D", "gap", { data_format: "channels_last" }),
      layer("Dropout", "dropout", { rate: 0.5 }),
      layer("Dense", "out", { units: 3, activation: "softmax" }),
    ),
    find,
  );
  const nodes = Object.fromEntries(graph.nodes) as Json;
  assert.deepEqual(nodes["the image"].size, [150, 150]);
  assert.equal(nodes["augmentation/turn"].op, "identity");
  assert.equal(nodes["outer/base/conv"].input, "augmentation/turn");
  assert.equal(
    nodes["outer/base/conv"].kernel.name,
    "outer/base/conv/kernel 0",
  );
  assert.equal(nodes.gap.input, "outer/base/conv");
  assert.equal(nodes.out.input, "dropout");
  assert.equal(graph.output, "out (softmax)");
  assert.equal(nodes[graph.output].activation, "softmax");
});

for (
  const [what, model, size] of [
    [
      "its first layer",
      sequential({
        ...CONV,
        config: { ...CONV.config, batch_input_shape: [null, 80, 80, 3] },
      }),
      80,
    ],
    ["its build_input_shape", {
      class_name: "Sequential",
      config: {
        name: "s",
        layers: [CONV],
        build_input_shape: [null, 96, 96, 3],
      },
    }, 96],
    [
      "the model in it",
      sequential(nested("base", functional(IMAGE, CONV))),
      75,
    ],
    ["nothing", { class_name: "Sequential", config: [CONV] }, null],
  ] as const
) {
  Deno.test(`kerasGraph() has the image's size of ${what} in a Sequential`, () => {
    const image = nodesOf(model)["the image"] as Json;
    assert.deepEqual(image.size, [size, size]);
  });
}

/** Numbers in Keras 3's encoding of arrays. */
const wrapped = (value: Json) => ({
  class_name: "__numpy__",
  config: { value, dtype: "float32" },
});
const operation = (class_name: string, ...args: Json[]) => ({
  ...layer(class_name, "op"),
  inbound_nodes: [{ args, kwargs: {} }],
});
/** An operation of Keras 2. */
const lambda = (name: string, keywords: Json, ...reference: Json[]) => ({
  ...layer("TFOpLambda", "op", { function: name }),
  inbound_nodes: [[
    ...reference.length ? reference : ["image", 0, 0],
    { ...keywords, name: null },
  ]],
});
const X = tensor("image");

for (
  const [what, op, scale, offset] of [
    ["Rescaling", layer("Rescaling", "op", { scale: 0.5, offset: -1 }), [0.5], [
      -1,
    ]],
    ["Rescaling without offset", layer("Rescaling", "op", { scale: 0.5 }), [
      0.5,
    ], [0]],
    [
      "Rescaling of each channel",
      layer("Rescaling", "op", { scale: [1, 2, 4], offset: [[[3, 2, 1]]] }),
      [1, 2, 4],
      [3, 2, 1],
    ],
    [
      "Rescaling by arrays",
      layer("Rescaling", "op", {
        scale: wrapped([1, 2, 4]),
        offset: wrapped(8),
      }),
      [1, 2, 4],
      [8],
    ],
    [
      "Normalization by its configuration",
      layer("Normalization", "op", {
        axis: [-1],
        mean: [1, 2, 3],
        variance: [4, 16, 64],
      }),
      [0.5, 0.25, 0.125],
      [-0.5, -0.5, -0.375],
    ],
    [
      "Normalization by weights",
      layer("Normalization", "op", { axis: -1, mean: null, variance: null }),
      [0.5, 0.25, 0.125],
      [-2, -4, -8],
    ],
    ["x / 2", operation("TrueDivide", X, 2), [0.5], undefined],
    ["x - 2", operation("Subtract", X, 2), undefined, [-2]],
    ["2 - x", operation("Subtract", 2, X), [-1], [2]],
    [
      "x * [1, 2, 3]",
      operation("Multiply", X, [1, 2, 3]),
      [1, 2, 3],
      undefined,
    ],
    ["3 + x", operation("Add", 3, X), undefined, [3]],
    ["x + an array", operation("Add", X, wrapped([[[1, 2, 3]]])), undefined, [
      1,
      2,
      3,
    ]],
    ["tf.math.truediv", lambda("math.truediv", { y: 4 }), [0.25], undefined],
    ["tf.math.subtract", lambda("math.subtract", { y: 1 }), undefined, [-1]],
    ["tf.__operators__.add", lambda("__operators__.add", { y: 1 }), undefined, [
      1,
    ]],
    [
      "1 - x in Keras 2",
      lambda("math.subtract", { y: ["image", 0, 0] }, "_CONSTANT_VALUE", -1, 1),
      [-1],
      [1],
    ],
    [
      "a division before Keras 2.4",
      {
        ...layer("TensorFlowOpLayer", "op", {
          node_def: { op: "RealDiv", input: ["image", "truediv/y"] },
          constants: { 1: 4 },
        }),
        inbound_nodes: [[["image", 0, 0, {}]]],
      },
      [0.25],
      undefined,
    ],
    [
      "an addition before Keras 2.4, as text",
      {
        ...layer("TensorFlowOpLayer", "op", {
          node_def: '{"name": "add", "op": "AddV2"}',
          constants: { 0: 4 },
        }),
        inbound_nodes: [[["image", 0, 0, {}]]],
      },
      undefined,
      [4],
    ],
  ] as [string, Json, number[] | undefined, number[] | undefined][]
) {
  Deno.test(`kerasGraph() reads ${what}`, () => {
    const node = nodesOf(functional(IMAGE, op, CONV)).op as Json;
    assert.equal(node.op, "affine");
    const values = (it: Json) => it && [...it.read()];
    assert.deepEqual(values(node.scale), scale);
    assert.deepEqual(values(node.offset), offset);
  });
}

for (
  const [what, op] of [
    ["tf.cast to float32", lambda("cast", { dtype: "float32" })],
    ["Cast", {
      ...operation("Cast", X),
      config: { name: "op", dtype: "float16" },
    }],
    ["GaussianNoise", layer("GaussianNoise", "op")],
    ["RandAugment", layer("RandAugment", "op")],
    ["SpatialDropout2D", layer("SpatialDropout2D", "op")],
  ] as [string, Json][]
) {
  Deno.test(`kerasGraph() gives what it is given of ${what}`, () => {
    assert.equal(nodesOf(functional(IMAGE, op, CONV)).op!.op, "identity");
  });
}

for (
  const [what, op, kind] of [
    [
      "a Lambda",
      layer("Lambda", "op"),
      'a Lambda, whose Python code isn\'t read: model.export("folder") writes what it computes, and Totem reads that',
    ],
    ["1 / x", operation("TrueDivide", 1, X), "a TrueDivide"],
    ["x + x", operation("Add", X, X), "an Add that reads 2 layers"],
    [
      "a reversal of the channels",
      operation("GetItem", X, { class_name: "__slice__", config: {} }),
      "a GetItem",
    ],
    [
      "tf.cast to whole numbers",
      lambda("cast", { dtype: "uint8" }),
      "the operation cast",
    ],
    ["tf.math.sqrt", lambda("math.sqrt", {}), "the operation math.sqrt"],
    [
      "channels first",
      layer("GlobalAveragePooling2D", "op", { data_format: "channels_first" }),
      "a GlobalAveragePooling2D with the channels first",
    ],
    [
      "random features",
      layer("RandomFourierFeatures", "op"),
      "a RandomFourierFeatures",
    ],
    [
      "a Normalization of rows",
      layer("Normalization", "op", { axis: 1 }),
      "a Normalization",
    ],
    ["a softmax of columns", layer("Softmax", "op", { axis: 1 }), undefined],
    [
      "a Reshape of an image",
      layer("Reshape", "op", { target_shape: [-1] }),
      "a Reshape",
    ],
  ] as [string, Json, string | undefined][]
) {
  Deno.test(`kerasGraph() says what it doesn't read: ${what}`, () => {
    const node = nodesOf(functional(IMAGE, op, CONV)).op as Json;
    if (kind !== undefined) {
      assert.deepEqual(node, { op: "other", name: "op", what: kind });
    } else assert.equal(node.activation, "softmax of another axis");
  });
}

const rescaling = (name: string, scale: number, offset = 0) =>
  layer("Rescaling", name, { scale, offset });
for (
  const [what, front, [scale, offset], isSure] of [
    ["-1..1", [], [1 / 127.5, -1], false],
    [
      "-1..1 after augmentation",
      [layer("RandomFlip", "a")],
      [1 / 127.5, -1],
      false,
    ],
    ["bytes, which become 0..1", [rescaling("a", 1 / 255)], [1, 0], true],
    [
      "bytes, which become -1..1",
      [rescaling("a", 1 / 255), rescaling("b", 2, -1)],
      [1, 0],
      true,
    ],
    ["0..1, which becomes -1..1", [rescaling("a", 2, -1)], [1 / 255, 0], true],
    [
      "bytes, which become much smaller",
      [rescaling("a", 1 / 60, -2)],
      [1, 0],
      true,
    ],
    ["bytes, as it seems", [rescaling("a", 1, -120)], [1, 0], false],
    ["0..1, as it seems", [rescaling("a", 4, -2)], [1 / 255, 0], false],
  ] as [string, Json[], [number, number], boolean][]
) {
  Deno.test(`kerasGraph() is fed ${what}`, () => {
    const found = kerasGraph(functional(IMAGE, ...front, CONV), find);
    const { fed } = found.graph;
    assert.deepEqual(fed.scale, [scale, scale, scale]);
    assert.deepEqual(fed.offset, [offset, offset, offset]);
    assert.equal(found.isFedSure, isSure);
  });
}

const ANY = layer("InputLayer", "image", {
  batch_shape: [null, null, null, 3],
});
const RESIZING = layer("Resizing", "a", {
  height: 99,
  width: 99,
  interpolation: "bilinear",
});
for (
  const [what, layers, size, geometry] of [
    ["any photo is squashed", [ANY, RESIZING], 99, {
      crop: { kind: "squash" },
      resize: "half-pixel",
    }],
    [
      "any photo is cropped",
      [ANY, {
        ...RESIZING,
        config: {
          ...RESIZING.config,
          crop_to_aspect_ratio: true,
          interpolation: "area",
        },
      }],
      99,
      { crop: { kind: "center", fraction: 1 } },
    ],
    ["an image is made larger", [IMAGE, RESIZING], 99, {}],
    [
      "an image is cropped",
      [IMAGE, layer("CenterCrop", "a", { height: 60, width: 60 })],
      60,
      {},
    ],
  ] as [string, Json[], number, Json][]
) {
  Deno.test(`kerasGraph() has the size and geometry of the convolution's image where ${what}`, () => {
    const found = kerasGraph(functional(...layers, CONV), find);
    const image = found.graph.nodes.get("image") as Json;
    assert.deepEqual(image.size, [size, size]);
    assert.deepEqual(found.geometry, geometry);
  });
}

for (
  const [activation, expected] of [
    ["sigmoid", "sigmoid"],
    [{ module: "builtins", class_name: "function", config: "relu" }, "relu"],
    [
      { class_name: "ReLU", config: { max_value: 6 } },
      "a bounded or leaky relu",
    ],
    [{ class_name: "ELU", config: {} }, "ELU"],
    [{ class_name: "MyActivation", config: {} }, "MyActivation"],
    [{ class_name: "Softmax", config: { axis: -1 } }, "softmax"],
    [7, "of another kind"],
  ] as [Json, string][]
) {
  Deno.test(`kerasGraph() reads the activation ${JSON.stringify(activation)}`, () => {
    const model = functional(IMAGE, layer("Dense", "d", { activation }));
    const { graph } = kerasGraph(model, find);
    assert.equal((graph.nodes.get(graph.output) as Json).activation, expected);
  });
}

for (const activation of ["linear", null, undefined]) {
  Deno.test(`kerasGraph() adds no node for the activation ${activation}`, () => {
    const model = functional(IMAGE, layer("Dense", "d", { activation }));
    assert.equal(kerasGraph(model, find).graph.output, "d");
  });
}

Deno.test("kerasGraph() reads batch norm and reshaping of vectors", () => {
  const nodes = nodesOf(functional(
    IMAGE,
    CONV,
    layer("GlobalAveragePooling2D", "gap", { keepdims: true }),
    layer("Reshape", "a", { target_shape: [1, 1, 2] }),
    layer("BatchNormalization", "b", { axis: 1, epsilon: 0.001 }),
    layer("ReLU", "c", { max_value: null, negative_slope: 0, threshold: 0 }),
    layer("BatchNormalization", "d", { axis: -1, epsilon: 0.001 }),
  ));
  const ops = Object.values(nodes).map(({ op }) => op).slice(2);
  assert.deepEqual(ops, [
    "globalPool",
    "identity",
    "batchNorm",
    "activation",
    "batchNorm",
  ]);
});

for (
  const [what, op, expected] of [
    ["tf.nn.softmax", lambda("nn.softmax", {}), "softmax"],
    ["tf.math.sigmoid", lambda("math.sigmoid", {}), "sigmoid"],
    ["keras.ops.relu", operation("Relu", X), "relu"],
    [
      "the activation tf.nn.softmax",
      layer("Activation", "op", { activation: "softmax_v2" }),
      "softmax",
    ],
    [
      "tf.reduce_mean",
      lambda("math.reduce_mean", { axis: [1, 2], keepdims: false }),
      "mean",
    ],
    ["keras.ops.max", {
      ...operation("Max", X),
      inbound_nodes: [{ args: [X], kwargs: { axis: [1, 2], keepdims: false } }],
    }, "max"],
    [
      "the mean of channels",
      lambda("math.reduce_mean", { axis: [3] }),
      "the operation math.reduce_mean",
    ],
  ] as [string, Json, string][]
) {
  Deno.test(`kerasGraph() reads ${what}`, () => {
    const node = nodesOf(functional(IMAGE, op)).op as Json;
    assert.equal(node.activation ?? node.kind ?? node.what, expected);
  });
}

Deno.test("kerasGraph() reads lists as Keras 2 writes tuples", () => {
  const tuple = (...items: unknown[]) => ({ class_name: "__tuple__", items });
  const { image, conv } = nodesOf(functional(
    layer("InputLayer", "image", {
      batch_input_shape: {
        class_name: "TensorShape",
        items: [null, 80, 80, 3],
      },
    }),
    {
      ...CONV,
      config: {
        ...CONV.config,
        strides: tuple(2, 2),
        dilation_rate: tuple(1, 1),
      },
    },
  )) as Json;
  assert.deepEqual(image.size, [80, 80]);
  assert.deepEqual(conv.stride, [2, 2]);
  assert.deepEqual(conv.dilation, [1, 1]);
});

Deno.test("kerasGraph() says that a base is called as in training", () => {
  const norm = layer("BatchNormalization", "n", { axis: 3, epsilon: 0.001 });
  const base = nested("base", functional(IMAGE, CONV, norm));
  const call = (training: boolean) =>
    nodesOf(functional(IMAGE, {
      ...base,
      inbound_nodes: [{ args: [tensor("image")], kwargs: { training } }],
    }))["base/n"] as Json;
  assert.equal(call(false).op, "batchNorm");
  assert.match(call(true).what, /^a batch norm that is called as in training/);
});

for (
  const [what, model, message] of [
    [
      "that uses a layer twice",
      functional(IMAGE, {
        ...CONV,
        inbound_nodes: [{ args: [X], kwargs: {} }, { args: [X], kwargs: {} }],
      }),
      /"conv" as it is used 2 times$/,
    ],
    ["of two outputs", {
      ...functional(IMAGE, CONV),
      config: {
        ...functional(IMAGE, CONV).config,
        output_layers: { a: ["conv", 0, 0], b: ["image", 0, 0] },
      },
    }, /must have one output: it has 2\. keras\.Model\(/],
    [
      "with a layer that reads itself",
      functional(IMAGE, {
        ...CONV,
        inbound_nodes: [{ args: [tensor("conv")], kwargs: {} }],
      }),
      /"conv" as it must not read its own result$/,
    ],
    [
      "with a layer that reads another one",
      functional(IMAGE, {
        ...CONV,
        inbound_nodes: [{ args: [tensor("x")], kwargs: {} }],
      }),
      /Cannot find the Keras layer "x" that another one reads$/,
    ],
    [
      "with two layers of one name",
      functional(IMAGE, IMAGE),
      /two layers have the name "image"$/,
    ],
    [
      "that divides by 0",
      functional(IMAGE, operation("TrueDivide", X, [0, 0, 0]), CONV),
      /"op\/scale" as its numbers must be finite: they are \[Infinity,Infinity,Infinity\]$/,
    ],
    [
      "of Python code",
      { class_name: "MyModel", config: {} },
      /of class "MyModel" as it must be functional or Sequential: what it computes is Python code\. model/,
    ],
    [
      "with a long name",
      functional(IMAGE, { ...CONV, name: "x".repeat(200) }),
      /must have <= 128 characters: it has 200$/,
    ],
    [
      "of many layers",
      sequential(
        ...Array.from({ length: 4097 }, (_, i) => layer("Dropout", `d${i}`)),
      ),
      /must have <= 4096 layers: it has 4097$/,
    ],
    [
      "of many layers in models",
      sequential(...[1, 2].map((n) =>
        nested(
          `n${n}`,
          sequential(
            ...Array.from(
              { length: 3000 },
              (_, i) => layer("Dropout", `d${i}`),
            ),
          ),
        )
      )),
      /must have <= 4096 layers, nested <= 8 deep, that read <= 8192 others: it has more$/,
    ],
    [
      "that nests deep",
      Array.from({ length: 9 }).reduce<Json>(
        (it) => sequential(nested("n", it)),
        sequential(CONV),
      ),
      /nested <= 8 deep, that read .*: it has more$/,
    ],
  ] as [string, Json, RegExp][]
) {
  Deno.test(`kerasGraph() refuses a model ${what}`, () => {
    assert.throws(() => kerasGraph(model, find), {
      name: "CorruptWeightsError",
      message,
    });
  });
}

Deno.test("kerasGraph() doesn't follow values that nest deep", () => {
  const deep = <T>(wrap: (value: unknown) => T) =>
    Array.from({ length: 100_000 }).reduce<unknown>(wrap, 3);
  const list = deep((it) => [it]);
  const activation = deep((it) => ({
    class_name: "Activation",
    config: { activation: it },
  }));
  const nodes = nodesOf(functional(
    IMAGE,
    layer("BatchNormalization", "norm", { axis: list, epsilon: 0.001 }),
    layer("Normalization", "normalization", { axis: list }),
    layer("Rescaling", "rescaling", { scale: list }),
    { ...layer("Subtract", "sub"), inbound_nodes: [{ args: [X, list] }] },
    layer("Softmax", "softmax", { axis: list }),
    layer("Dense", "dense", { activation }),
  ));
  for (const name of ["norm", "normalization", "rescaling", "sub"]) {
    assert.equal(nodes[name]!.op, "other", name);
  }
  assert.equal((nodes.softmax as Json).activation, "softmax of another axis");
});

Deno.test("kerasGraph() names a layer whose tensor is absent", () => {
  const base = nested("base", functional(IMAGE, CONV));
  assert.throws(() => kerasGraph(sequential(base), () => undefined), {
    message: 'Cannot find the kernel of the Keras layer "base/conv"',
  });
});
