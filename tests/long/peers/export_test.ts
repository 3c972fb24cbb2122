/**
 * Networks exported for other runtimes, run by them: they must give tfjs's answers, and
 * so must the networks imported from these files.
 */
import assert from "node:assert/strict";
import type {
  Contestant,
  OpenNetwork,
} from "../../../bench/peers/contestants/contestant.ts";
import { openLiteRt } from "../../../bench/peers/contestants/litert.ts";
import { openOnnxruntimeWeb } from "../../../bench/peers/contestants/onnxruntime.ts";
import { load } from "../../../mod.ts";
import {
  exportOnnx,
  exportTflite,
  type WrittenModel,
} from "../../../src/export/mod.ts";
import {
  inceptionV3,
  type InceptionV3Options,
  isQuantized,
  type Network,
} from "../../../src/model/mod.ts";
import {
  calibrateByBatchNorm,
  importLayersModel,
  loadNetwork,
  quantizeNetwork,
} from "../../../src/weights/mod.ts";
import { cosine } from "../../cosine.ts";
import { makeLayersModel, NARROW } from "../../layers_model.ts";
import { noise } from "../../random.ts";

const SIZE = 75;
const ONNXRUNTIME: Contestant = {
  library: "onnxruntime-web",
  precision: "f32",
  on: 1,
};
const pixels = new Uint8ClampedArray(noise(SIZE).buffer as ArrayBuffer)
  .map((it, i) => i % 4 === 3 ? 255 : it);

const ARCHITECTURES: readonly [
  what: string,
  architecture: Omit<InceptionV3Options, "variant">,
][] = [
  ["a hidden layer", { hiddenUnits: [8] }],
  ["padding counted and sigmoids", {
    countIncludePad: true,
    activation: "sigmoid",
  }],
  ["maxima and logits", {
    lastPool: "max",
    pooling: "max",
    activation: "none",
  }],
  ["an early end, flattened", { lastBlock: "Mixed_6e", pooling: "flatten" }],
  ["no classes", { classes: 0 }],
];

/** The runtimes for each kind of file. */
const KINDS: readonly [
  what: string,
  write: (network: Network) => WrittenModel,
  open: typeof openOnnxruntimeWeb | typeof openLiteRt,
  contestant: Contestant,
][] = [
  ["onnxruntime-web", exportOnnx, openOnnxruntimeWeb, ONNXRUNTIME],
  ["LiteRT.js", exportTflite, openLiteRt, {
    ...ONNXRUNTIME,
    library: "LiteRT.js",
  }],
];

for (const [what, options] of ARCHITECTURES) {
  const network = await networkOf(options);
  const quantized = quantizeNetwork(
    network,
    calibrateByBatchNorm(
      network,
      inceptionV3({ ...network.architecture, variant: SIZE }),
    ),
    { source: "noise", license: "CC0-1.0" },
  );
  for (const [runtime, write, open, contestant] of KINDS) {
    for (const written of [network, quantized]) {
      const precision = isQuantized(written) ? "int8" : "f32";
      Deno.test(`${runtime} runs a network of ${precision} with ${what}`, async () => {
        const bytes = await bytesOf(write(written));
        const read = () => Promise.resolve(bytes);
        const file = { url: "file:///model", read, size: SIZE };
        const opened = await open(file, { ...contestant, precision });
        await assertAnswer(opened, network, precision);
      });
    }

    Deno.test(`what ${runtime} runs with ${what} is read again`, async () => {
      const again = await loadNetwork(await bytesOf(write(network)));
      assert.deepEqual(again.labels, network.labels);
      const { activation, classes } = network.architecture;
      assert.equal(again.architecture.classes, classes);
      assert.equal(again.architecture.activation ?? "softmax", activation);
      assert.deepEqual(again.preprocessing, {
        ...network.preprocessing,
        scale: [1, 1, 1],
        offset: [0, 0, 0],
      });
      assert.equal(again.variant, SIZE);
      const [found, expected] = [
        await answerOf(again),
        await answerOf(network),
      ];
      assertNear(found.features, expected.features, 1e-4);
      assertNear(found.answers, expected.answers, 1e-4);
    });
  }
}

async function networkOf(
  { countIncludePad = false, activation = "softmax", ...options }: Omit<
    InceptionV3Options,
    "variant"
  >,
): Promise<Network> {
  const architecture = { ...NARROW, ...options };
  // If all activations are features, the file must state their number.
  const sized = { ...architecture, variant: SIZE };
  const { modelJson, shards } = makeLayersModel({ architecture: sized });
  const { layers } = modelJson.modelTopology.model_config.config;
  layers[0]!.config.batch_input_shape = [null, SIZE, SIZE, 3];
  const network = await importLayersModel(
    modelJson,
    (name) => Promise.resolve(shards.get(name)!),
  );
  return {
    ...network,
    architecture: {
      ...network.architecture,
      countIncludePad,
      activation,
    },
  };
}

/** tfjs's answer in f32. */
async function answerOf(network: Network) {
  using classifier = await load(network, {
    backend: "wasm",
    precision: "f32",
  });
  const image = { data: pixels, width: SIZE, height: SIZE };
  const { classes, activation } = network.architecture;
  return {
    features: await classifier.features(image),
    answers: classes === 0
      ? new Float32Array()
      : activation === "none"
      ? await classifier.logits(image)
      : await classifier.probabilities(image),
  };
}

async function assertAnswer(
  opened: OpenNetwork,
  network: Network,
  precision: "int8" | "f32",
): Promise<void> {
  const expected = await answerOf(network);
  const features = await opened.features(pixels);
  const answers = network.architecture.classes === 0
    ? new Float32Array()
    : await opened.probabilities(pixels);
  if (precision === "f32") {
    assertNear(features, expected.features, 1e-4);
    assertNear(answers, expected.answers, 1e-4);
  } else {
    const found = cosine(features, expected.features);
    assert.ok(found > 0.998, `The cosine of features is ${found}`);
    assertNear(answers, expected.answers, 0.1);
  }
}

/** @param most Relative to the largest value, if it is above 1. */
function assertNear(a: Float32Array, b: Float32Array, most: number): void {
  assert.equal(a.length, b.length);
  const largest = Math.max(1, ...b.map(Math.abs));
  const worst = Math.max(0, ...a.map((it, i) => Math.abs(it - b[i]!)));
  assert.ok(worst / largest < most, `${worst} of ${largest}`);
}

async function bytesOf(
  { stream, byteLength }: WrittenModel,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await new Response(stream as ReadableStream<never>).bytes();
  assert.equal(bytes.length, byteLength);
  return bytes as Uint8Array<ArrayBuffer>;
}
