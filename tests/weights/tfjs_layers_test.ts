import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../src/errors.ts";
import { inceptionV3, isWeighted } from "../../src/model/mod.ts";
import { importLayersModel } from "../../src/weights/mod.ts";
import {
  type LayersModel,
  makeLayersModel,
  type ModelJson,
  NARROW,
  type WeightJson,
} from "../layers_model.ts";

Deno.test("importLayersModel() folds batch norm into every convolution", async () => {
  const model = makeLayersModel({ gamma: true });
  const network = await load(model);
  const kernel = readF32(model, "conv2d_3/kernel");
  const [beta, gamma, mean, variance] = [
    "beta",
    "gamma",
    "moving_mean",
    "moving_variance",
  ].map((it) => readF32(model, `batch_normalization_3/${it}`)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const folded = network.weights("Conv2d_2b_3x3");
  const channels = beta.length;
  for (let i = 0; i < kernel.length; i++) {
    const c = i % channels;
    const scale = gamma[c]! / Math.sqrt(variance[c]! + 1e-3);
    assert.equal(folded.kernel[i], Math.fround(kernel[i]! * scale));
    assert.equal(
      folded.bias[c],
      Math.fround(-mean[c]! * scale + beta[c]!),
    );
  }
});

for (const encoding of ["float16", "uint16", "uint8"] as const) {
  Deno.test(`importLayersModel() reads ${encoding} weights to within a step`, async () => {
    const exact = await load(makeLayersModel());
    const coarse = await load(makeLayersModel({ encoding }));
    // A kernel spans at most +-1.73; batch norm's divisor is at least 0.7.
    const step = { float16: 2 ** -10, uint16: 2 ** -13, uint8: 2 ** -5 };
    for (const node of inceptionV3(NARROW).nodes.filter(isWeighted)) {
      if (node.op !== "dense") continue; // Dense weights aren't folded.
      const a = exact.weights(node.name).kernel;
      const b = coarse.weights(node.name).kernel;
      assert.ok(a.every((it, i) => Math.abs(it - b[i]!) < step[encoding]));
    }
  });
}

Deno.test("importLayersModel() gives the labels and preprocessing it is given", async () => {
  const labels = ["a", "b", "c", "d", "e", "f", "g"];
  const preprocessing = {
    crop: { kind: "squash" },
    resize: "half-pixel",
    scale: [1, 2, 3],
    offset: [0, 0, 0],
  } as const;
  const network = await load(makeLayersModel(), { labels, preprocessing });
  assert.deepEqual(network.labels, labels);
  assert.deepEqual(network.preprocessing, preprocessing);
  assert.equal((await load(makeLayersModel())).labels[6], "class 6");
});

Deno.test("importLayersModel() tells its progress in bytes", async () => {
  const model = makeLayersModel();
  const total = [...model.shards.values()].reduce(
    (sum, it) => sum + it.length,
    0,
  );
  const calls: [number, number][] = [];
  await load(model, { onProgress: (...call) => calls.push(call) });
  assert.equal(calls.length, model.shards.size);
  assert.deepEqual(calls.at(-1), [total, total]);
});

Deno.test("importLayersModel() ignores tensors that the network doesn't need", async () => {
  const model = makeLayersModel();
  model.modelJson.weightsManifest.push({
    paths: ["optimizer.bin"],
    weights: [{ name: "momentum", shape: [1], dtype: "float32" }],
  });
  const shards = new Map(model.shards).set("optimizer.bin", new Uint8Array(4));
  await load({ ...model, shards });
});

Deno.test("weights() rejects a node without weights", async () => {
  const network = await load(makeLayersModel());
  assert.throws(() => network.weights("Mixed_5b"), { name: "ArgumentError" });
});

const FAULTS: [
  name: string,
  change: (model: ModelJson, shards: Map<string, Uint8Array>) => void,
  message: RegExp,
][] = [
  [
    "a graph model",
    (model) => model.format = "graph-model",
    /format must be "layers-model": it is "graph-model"/,
  ],
  [
    "an absent tensor",
    (model) => weight(model, "conv2d_7/kernel").name = "other",
    /Cannot find the kernel of the Keras layer "conv2d_7"$/,
  ],
  [
    "a tensor of another shape",
    (model) => weight(model, "conv2d_2/kernel").shape = [3, 3, 3, 2],
    /must be \[3,3,2,2\]: it is \[3,3,3,2\]/,
  ],
  [
    "a vector of another length",
    (model) => weight(model, "batch_normalization_1/beta").shape = [3],
    /vector of "Conv2d_1a_3x3".*must be \[2\]: it is \[3\]/,
  ],
  [
    "a shard that is cut off",
    (_, shards) =>
      shards.set(
        "group1-shard2.bin",
        shards.get("group1-shard2.bin")!.slice(1),
      ),
    /must have \d+ bytes: its shards have \d+$/,
  ],
  [
    "a shard that is too long",
    (_, shards) => shards.set("group1-shard2.bin", new Uint8Array(10 ** 6)),
    /its shards have \d+ or more/,
  ],
  [
    "no model",
    (model) => delete (model as Partial<ModelJson>).modelTopology,
    /modelTopology .* it is absent/,
  ],
];

for (const [name, change, message] of FAULTS) {
  Deno.test(`importLayersModel() rejects ${name}`, async () => {
    const { modelJson, shards } = makeLayersModel();
    const changed = new Map(shards);
    change(modelJson, changed);
    await assert.rejects(
      load({ modelJson, shards: changed }),
      (error) => {
        assert.ok(error instanceof CorruptWeightsError, String(error));
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

Deno.test("importLayersModel() rejects labels that aren't as many as classes", async () => {
  await assert.rejects(
    load(makeLayersModel(), { labels: ["one"] }),
    /7 classes with 1 name/,
  );
});

Deno.test("importLayersModel() refuses a classifier of one output", async () => {
  const model = makeLayersModel({ architecture: { ...NARROW, classes: 1 } });
  await assert.rejects(load(model), {
    name: "ArgumentError",
    message: /one output as softmax of a single output is always 100%/,
  });
});

Deno.test("importLayersModel() asks for no shard of a model that is wrong", async () => {
  const { modelJson } = makeLayersModel();
  weight(modelJson, "conv2d_1/kernel").shape = [1];
  await assert.rejects(
    importLayersModel(modelJson, () => assert.fail("a shard was read")),
    CorruptWeightsError,
  );
});

Deno.test("importLayersModel() reads a model in a model", async () => {
  const model = makeLayersModel();
  const expected = await load(model);
  const { model_config } = model.modelJson.modelTopology;
  const base = { ...model_config, config: { ...model_config.config } };
  Object.assign(model_config, {
    class_name: "Sequential",
    config: { name: "outer", layers: [{ ...base, name: "base" }] },
  });
  const found = await load(model);
  assert.deepEqual(found.architecture, expected.architecture);
  for (const name of ["Conv2d_1a_3x3", "Mixed_7c/branch1x1", "Logits"]) {
    assert.deepEqual(found.weights(name), expected.weights(name), name);
  }
});

Deno.test("importLayersModel() reads weights that scale the image", async () => {
  const { modelJson, shards } = makeLayersModel();
  const { config } = modelJson.modelTopology.model_config;
  config.layers[1]!.inbound_nodes = [[["front", 0, 0, {}]]];
  config.layers.splice(1, 0, {
    name: "front",
    class_name: "BatchNormalization",
    config: {
      name: "front",
      axis: -1,
      epsilon: 0,
      center: false,
      scale: false,
    },
    inbound_nodes: [[[config.layers[0]!.name, 0, 0, {}]]],
  });
  modelJson.weightsManifest.push({
    paths: ["front.bin"],
    weights: ["moving_mean", "moving_variance"].map((it) => ({
      name: `front/${it}`,
      shape: [3],
      dtype: "float32",
    })),
  });
  const values = new Float32Array([0, 1, 2, 1, 4, 16]);
  const front = new Uint8Array(values.buffer);
  const { preprocessing, origins } = await load({
    modelJson,
    shards: new Map([...shards, ["front.bin", front]]),
  });
  const scale = 1 / 127.5;
  assert.deepEqual(preprocessing.scale, [scale, scale / 2, scale / 4]);
  assert.deepEqual(preprocessing.offset, [-1, -1, -0.75]);
  // The input of the batch norm is unknown.
  assert.equal(origins?.pixels, "assumed");
});

function load(
  { modelJson, shards }: LayersModel,
  options?: Parameters<typeof importLayersModel>[2],
) {
  return importLayersModel(modelJson, (name, _limit, onBytes) => {
    const bytes = shards.get(name)!;
    onBytes(bytes.length);
    return Promise.resolve(bytes);
  }, options);
}

function weight({ weightsManifest }: ModelJson, name: string): WeightJson {
  return weightsManifest[0]!.weights.find((it) => it.name === name)!;
}

/** Reads an f32 tensor, whose offset is the sum of the sizes before it. */
function readF32({ modelJson, shards }: LayersModel, name: string) {
  let offset = 0;
  for (const weight of modelJson.weightsManifest[0]!.weights) {
    const length = weight.shape.reduce((a, b) => a * b, 1) * 4;
    if (weight.name === name) {
      const bytes = Uint8Array.from(
        [...shards.values()].flatMap((it) => [...it]),
      );
      return new Float32Array(bytes.slice(offset, offset + length).buffer);
    }
    offset += length;
  }
  throw new Error(`no tensor ${name}`);
}
