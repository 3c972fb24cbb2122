import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../src/errors.ts";
import { inceptionV3, type QuantizedNetwork } from "../../src/model/mod.ts";
import {
  calibrateByBatchNorm,
  importKerasH5,
  importLayersModel,
  importTorchvision,
  quantizeNetwork,
  readNetwork,
  writeNetwork,
} from "../../src/weights/mod.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { readH5 } from "../keras_h5.ts";
import { importModel, makeLayersModel } from "../layers_model.ts";
import { makeStateDict, saveStateDict } from "../torchvision_model.ts";

/** The last value is 0.01 with a flipped exponent bit. */
const NOT_FINITE = [NaN, Infinity, -Infinity, 0.01 * 2 ** 128];

for (
  const tensor of [
    "conv2d_3/kernel",
    "batch_normalization_3/beta",
    "batch_normalization_3/gamma",
    "batch_normalization_3/moving_mean",
    "batch_normalization_3/moving_variance",
    "dense_95/kernel",
    "dense_95/bias",
  ]
) {
  Deno.test(`a TFJS model with a ${tensor} that isn't finite is refused, by its layer's name`, async () => {
    const model = makeLayersModel({ gamma: true, shardBytes: 2 ** 24 });
    const [bytes] = [...model.shards.values()];
    const values = new Float32Array(bytes!.buffer);
    let at = 0;
    for (const { name, shape } of model.modelJson.weightsManifest[0]!.weights) {
      if (name === tensor) break;
      at += shape.reduce((a, b) => a * b, 1);
    }
    assert.ok(at < values.length, "the tensor is there");
    const layer = tensor.startsWith("dense") ? "Logits" : "Conv2d_2b_3x3";
    for (const value of NOT_FINITE) {
      values[at + 1] = value;
      const network = await importLayersModel(
        model.modelJson,
        (name) => Promise.resolve(model.shards.get(name)!),
      );
      assert.throws(() => network.weights(layer), (error) => {
        assert.ok(error instanceof CorruptWeightsError);
        assert.ok(error.message.includes(`"${layer}"`), error.message);
        if (tensor.endsWith("variance")) return true; // The error names the channel.
        assert.ok(error.message.includes(`"${tensor}"`), error.message);
        return true;
      });
    }
  });
}

Deno.test("weights that a scale of the file makes infinite are refused", async () => {
  const model = makeLayersModel({ encoding: "uint8" });
  const [group] = model.modelJson.weightsManifest;
  const weight = group!.weights.find((it) => it.name === "conv2d_3/kernel");
  Object.assign(weight!.quantization!, { scale: 1e300 });
  const network = await importLayersModel(
    model.modelJson,
    (name) => Promise.resolve(model.shards.get(name)!),
  );
  assert.throws(() => network.weights("Conv2d_2b_3x3"), CorruptWeightsError);
});

Deno.test("finite weights are refused when batch norm makes them infinite", async () => {
  const state = makeStateDict();
  state.get("Conv2d_2a_3x3.bn.weight")!.values.fill(1e19);
  state.get("Conv2d_2a_3x3.bn.running_var")!.values.fill(1e-6);
  const { header, data } = await saveStateDict(state);
  const network = importTorchvision(header, data);
  assert.throws(
    () => network.weights("Conv2d_2a_3x3"),
    (error) =>
      error instanceof CorruptWeightsError &&
      /"Conv2d_2a_3x3".*below 2\^64: with its batch norm one isn't/.test(
        error.message,
      ),
  );
});

for (const dtype of ["F32", "F16", "BF16"] as const) {
  Deno.test(`torchvision's ${dtype} tensors that aren't finite are refused by name`, async () => {
    const state = makeStateDict(dtype);
    for (
      const [tensor, layer] of [
        ["Conv2d_2a_3x3.conv.weight", "Conv2d_2a_3x3"],
        ["Mixed_5b.branch1x1.bn.bias", "Mixed_5b/branch1x1"],
        ["Mixed_5b.branch1x1.bn.running_mean", "Mixed_5b/branch1x1"],
        ["fc.bias", "Logits"],
      ] as const
    ) {
      const { values } = state.get(tensor)!;
      const sound = values[1]!;
      for (const value of NOT_FINITE) {
        values[1] = value;
        const { header, data } = await saveStateDict(state);
        const network = importTorchvision(header, data);
        assert.throws(
          () => network.weights(layer),
          (error) =>
            error instanceof CorruptWeightsError &&
            error.message.includes(`"${tensor}" of the layer "${layer}"`),
        );
      }
      values[1] = sound;
    }
  });
}

Deno.test("a Keras .h5 with a NaN is refused by its layer's name", () => {
  const bytes = readH5("keras2_model");
  const sound = importKerasH5(bytes);
  const kernel = sound.weights("Logits").kernel;
  // The offset of the dense layer's kernel, whose bytes occur once.
  const at = indexOf(bytes, new Uint8Array(kernel.buffer, 0, 64));
  new DataView(bytes.buffer).setFloat32(at + 8, NaN, true);
  assert.throws(
    () => importKerasH5(bytes).weights("Logits"),
    (error) =>
      error instanceof CorruptWeightsError &&
      /kernel" of the layer "Logits".*one is NaN$/.test(error.message),
  );
});

Deno.test("quantizeNetwork() doesn't make a code of a weight that isn't finite", async () => {
  const network = await importModel();
  const calibration = calibrateByBatchNorm(
    network,
    inceptionV3(network.architecture),
  );
  for (const layer of ["Conv2d_2a_3x3", "Logits"]) {
    for (const part of ["kernel", "bias"] as const) {
      const damaged = quantizeNetwork(
        {
          ...network,
          weights(name) {
            const weights = network.weights(name);
            if (name === layer) weights[part][0] = NaN;
            return weights;
          },
        },
        calibration,
        { source: "", license: "" },
      );
      assert.throws(
        () => damaged.quantized(layer),
        (error) =>
          error instanceof CorruptWeightsError &&
          error.message.includes(`"${layer}"`),
      );
    }
  }
});

Deno.test("writeNetwork() fails at a number that it wouldn't read", async () => {
  const network = await narrowNetwork();
  for (
    const damaged of [
      { ...network, absMax: () => Infinity },
      withLayer(network, "Logits", { bias: NaN }),
      withLayer(network, "Conv2d_2a_3x3", { scale: Infinity }),
      withLayer(network, "Conv2d_2a_3x3", { scale: 0 }),
    ]
  ) {
    await assert.rejects(
      new Response(writeNetwork(damaged).stream).bytes(),
      CorruptWeightsError,
    );
  }
});

Deno.test("a Totem file whose finite numbers overflow together is refused by its layer's name", async () => {
  const network = await narrowNetwork();
  const cases: [string, QuantizedNetwork][] = [
    // The engine divides scales and biases by ranges.
    ["Conv2d_2a_3x3", withLayer(network, "Conv2d_2a_3x3", { scale: 3.4e38 })],
    ["Conv2d_2a_3x3", withLayer(network, "Conv2d_2a_3x3", { bias: 3.4e38 })],
    ["Conv2d_2a_3x3", withRange(network, "Conv2d_2a_3x3", 1e-45)],
    // f32 backends divide by the ranges of a layer's input.
    [
      "Conv2d_2b_3x3",
      withRange(
        withLayer(network, "Conv2d_2b_3x3", { scale: 1e9 }),
        "Conv2d_2a_3x3",
        1e-10,
      ),
    ],
    // Pools use a quotient of ranges.
    ["Mixed_5b/AvgPool_3x3", withRange(network, "Mixed_5b/AvgPool_3x3", 1e-45)],
    // A dense layer sums products of features.
    ["Logits", withLayer(network, "Logits", { scale: 3.4e38 })],
    ["Logits", withLayer(network, "Logits", { scale: 1e35 })],
  ];
  for (const [layer, damaged] of cases) {
    const { stream } = writeNetwork(damaged);
    await assert.rejects(
      readNetwork(stream),
      (error) =>
        error instanceof CorruptWeightsError &&
        error.message.includes(`"${layer}"`),
      layer,
    );
  }
});

Deno.test("a Totem file of very large and very small numbers that fit is read", async () => {
  const network = await narrowNetwork();
  const large = withLayer(network, "Conv2d_2a_3x3", { scale: 1e15 });
  const { weights } = await readNetwork(writeNetwork(large).stream);
  assert.ok(weights("Conv2d_2a_3x3").kernel.every(Number.isFinite));
  // All-zero channels have a scale of 1, whatever their input.
  const dead = withLayer(
    withRange(network, "Conv2d_2a_3x3", 1e-19),
    "Conv2d_2b_3x3",
    { scale: 1, weight: 0 },
  );
  const quiet = withLayer(dead, "Conv2d_2a_3x3", { scale: 1e-20, bias: 0 });
  await readNetwork(writeNetwork(quiet).stream);
});

/** The network with constant values for a layer's tensors. */
function withLayer(
  network: QuantizedNetwork,
  layer: string,
  values: { scale?: number; bias?: number; weight?: number },
): QuantizedNetwork {
  return {
    ...network,
    quantized(name) {
      const found = network.quantized(name);
      if (name !== layer) return found;
      return {
        weight: values.weight === undefined
          ? found.weight
          : found.weight.map(() => values.weight!),
        scale: found.scale.map((it) => values.scale ?? it),
        bias: found.bias.map((it) => values.bias ?? it),
      };
    },
  };
}

function withRange(
  network: QuantizedNetwork,
  node: string,
  range: number,
): QuantizedNetwork {
  return {
    ...network,
    absMax: (name) => name === node ? range : network.absMax(name),
  };
}

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  for (let at = 0; at + part.length <= bytes.length; at++) {
    if (part.every((it, i) => bytes[at + i] === it)) return at;
  }
  throw new Error("not found");
}
