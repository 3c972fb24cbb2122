import assert from "node:assert/strict";
import { tf } from "../../tfjs.ts";
import { load } from "../../../src/load.ts";
import { CorruptWeightsError } from "../../../src/errors.ts";
import {
  inceptionV3,
  isWeighted,
  modelMetadata,
  type Network,
} from "../../../src/model/mod.ts";
import { trainNetwork } from "../../../src/train/train_network.ts";
import type {
  TrainingEpoch,
  TrainingImage,
  TrainOptions,
} from "../../../src/train/train_options.ts";
import { writeTrained } from "../../../src/train/trained_network.ts";
import {
  calibrateByBatchNorm,
  IMAGENET_PREPROCESSING,
  importTorchvision,
  quantizeNetwork,
  readNetwork,
  writeNetwork,
} from "../../../src/weights/mod.ts";
import { parseHeader } from "../../../src/weights/safetensors/header.ts";
import { cosine } from "../../cosine.ts";
import { assertClose } from "../../train/assert_close.ts";
import { patternImage, PATTERNS } from "../../train/patterns.ts";

const SIDE = 75;
const OPTIONS: TrainOptions = {
  labels: PATTERNS,
  variant: SIDE,
  widthMultiplier: 1 / 16,
  auxiliary: false,
  optimizer: "adam",
  learningRate: 0.005,
  batchSize: 12,
};
const epochs: TrainingEpoch[] = [];
const trained = await trainNetwork(images(6), {
  ...OPTIONS,
  epochs: 16,
  onEpoch: (it) => epochs.push(it),
});

Deno.test("trainNetwork() lowers the loss, and tells of each epoch", () => {
  assert.deepEqual(
    epochs.map(({ epoch }) => epoch),
    Array.from({ length: 16 }, (_, i) => i + 1),
  );
  const [first, last] = [epochs[0]!.loss, epochs.at(-1)!.loss];
  // It starts with a guess, at log 4 = 1.39 or above.
  assert.ok(first > 1.3, `${first}`);
  assert.ok(last < 0.85, `${last}`);
});

Deno.test("a trained network names most of its images, with batch norm folded", async () => {
  using classifier = await load(trained, { variant: SIDE });
  assert.equal(classifier.backend.precision, "f32");
  let right = 0;
  for (const label of PATTERNS) {
    for (let i = 0; i < 6; i++) {
      const [best] = await classifier.classify(patternImage(label, SIDE, i));
      if (best!.label === label) right++;
    }
  }
  assert.ok(right >= 18, `${right} of 24`); // Chance: 6.
});

Deno.test("a trained network runs in the int8 engine as its file says, nearly as in f32", async () => {
  const graph = inceptionV3({ ...trained.architecture, variant: SIDE });
  const quantized = quantizeNetwork(
    trained,
    calibrateByBatchNorm(trained, graph),
    { source: "patterns", license: "CC0-1.0" },
  );
  const read = await readNetwork(writeNetwork(quantized).stream);
  using float = await load(trained, { variant: SIDE });
  const options = { variant: SIDE, activationBits: 8 } as const;
  using int8 = await load(read, options);
  assert.equal(int8.backend.precision, "int8");
  let same = 0;
  for (const label of PATTERNS) {
    for (let i = 0; i < 3; i++) {
      const image = patternImage(label, SIDE, i);
      const [a, b] = [await float.features(image), await int8.features(image)];
      assert.ok(cosine(a, b) > 0.98, `${cosine(a, b)}`);
      const [best, found] = [
        await float.classify(image, { top: 1 }),
        await int8.classify(image, { top: 1 }),
      ].map(([it]) => it!.label);
      if (best === found) same++;
    }
  }
  assert.ok(same >= 11, `${same} of 12 have the same answer`);
});

Deno.test("writeTrained() keeps batch norm apart, in a file that is imported alike", async () => {
  const { stream, byteLength } = writeTrained(trained);
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  assert.equal(bytes.length, byteLength);
  const header = parseHeader(bytes, bytes.length);
  const variances = header.tensors.filter(({ name }) =>
    name.endsWith(".running_var")
  );
  assert.equal(variances.length, 94);
  const data = bytes.subarray(header.dataOffset);
  const imported = importTorchvision(header, data);
  assert.equal(imported.architecture.countIncludePad, true);
  assert.equal(imported.architecture.widthMultiplier, 1 / 16);
  assertSameWeights(imported, trained);

  // It has facts that PyTorch's files lack.
  assert.equal(imported.variant, 75);
  assert.deepEqual(imported.labels, trained.labels);
  assert.deepEqual(imported.preprocessing, trained.preprocessing);
  const metadata = modelMetadata(imported);
  for (const { from } of Object.values(metadata)) assert.equal(from, "model");
  const asked = importTorchvision(header, data, {
    labels: [..."abcd"],
    preprocessing: IMAGENET_PREPROCESSING,
  });
  assert.deepEqual(asked.labels, [..."abcd"]);
  assert.deepEqual(asked.preprocessing, IMAGENET_PREPROCESSING);
  assert.equal(modelMetadata(asked).crop.from, "option");
});

Deno.test("writeTrained() refuses what its file doesn't say", () => {
  for (
    const end of [
      { countIncludePad: false },
      { activation: "sigmoid" },
      { pooling: "max" },
      { lastBlock: "Mixed_7b" },
      { lastPool: "max", countIncludePad: false },
    ] as const
  ) {
    const architecture = { ...trained.architecture, ...end };
    assert.throws(() => writeTrained({ ...trained, architecture }), {
      name: "ArgumentError",
      message: /^Cannot write a trained network as .* trained with: /,
    });
  }
});

Deno.test("a trained network's file that lies is a CorruptWeightsError", async () => {
  const { stream } = writeTrained(trained);
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const header = parseHeader(bytes, bytes.length);
  const text = header.metadata.get("totem.trained")!;
  const { labels, ...metadata } = JSON.parse(text);
  for (
    const lie of [
      "[]",
      "{",
      JSON.stringify({ ...metadata, labels: [...labels, "one more"] }),
      JSON.stringify({ ...metadata, labels, variant: 74 }),
      JSON.stringify({ labels, preprocessing: { crop: { kind: "squash" } } }),
      text.replace('"scale"', '"skale"'),
    ]
  ) {
    const metadata = new Map([["totem.trained", lie]]);
    assert.throws(
      () =>
        importTorchvision(
          { ...header, metadata },
          bytes.subarray(header.dataOffset),
        ),
      CorruptWeightsError,
      lie,
    );
  }
});

Deno.test("trainNetwork() trains with the auxiliary classifier, which isn't in the result", async () => {
  const few = images(1, 79).slice(0, 2);
  const run = async (auxiliary: boolean) =>
    await trainNetwork(few, {
      ...OPTIONS,
      variant: "low79",
      widthMultiplier: 1 / 32,
      epochs: 1,
      auxiliary,
    });
  const [without, with_] = [await run(false), await run(true)];
  const names = [...without.layers.keys()];
  assert.deepEqual([...with_.layers.keys()], names);
  assert.ok(!names.some((it) => it.startsWith("AuxLogits")));
});

Deno.test("trainNetwork() repeats to the bit by its seed, and leaves no tensor behind", async () => {
  const few = images(1);
  const run = (seed: number) =>
    trainNetwork(few, { ...OPTIONS, epochs: 1, seed });
  const one = await run(5);
  const tensors = tf.memory().numTensors;
  const two = await run(5);
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(one.layers, two.layers);
  const other = await run(6);
  assert.notDeepEqual(
    one.layers.get("Logits")!.kernel,
    other.layers.get("Logits")!.kernel,
  );
});

Deno.test("trainNetwork() refuses what can't be trained", async () => {
  const [image] = images(1) as [TrainingImage];
  const two = [image, image];
  const cases: [
    images: readonly TrainingImage[],
    options: Partial<TrainOptions>,
    message: RegExp,
  ][] = [
    [[], {}, />= 2 images: there are none/],
    [[image], {}, />= 2 images: there is 1/],
    [two, { labels: ["one"] }, /number of classes .* >= 2: .* 1$/],
    [two, { labels: "ab" as never }, /labels must be an array .* "ab"$/],
    [new Set(two) as never, {}, /images must be an array .* a Set$/],
    [two, { labelSmoothing: { epsilon: 1 } }, /epsilon/],
    [two, { batchSize: 1 }, /batchSize must be a whole number >= 2/],
    [two, { epochs: 0.5 }, /epochs must be/],
    [two, { learningRate: -1 }, /learningRate must be finite and > 0/],
    [two, { widthMultiplier: 0 }, /widthMultiplier must be/],
    [two, { variant: 80 }, /image 0 .* 80x80 pixels/],
    [[image, { ...image, classIndex: 4 }], {}, /image 1 .* 0\.\.3: .* 4$/],
    [two, { auxiliary: true }, /Cannot fit a window/],
    [
      two,
      { backend: "gpu" as "cpu" },
      /backend must be one of "wasm", .* "gpu"$/,
    ],
  ];
  for (const [images, options, message] of cases) {
    await assert.rejects(
      trainNetwork(images, { ...OPTIONS, ...options }),
      { message },
    );
  }
});

Deno.test("trainNetwork() stops when its signal fires", async () => {
  const controller = new AbortController();
  const tensors = tf.memory().numTensors;
  await assert.rejects(
    trainNetwork(images(1), {
      ...OPTIONS,
      epochs: 3,
      signal: controller.signal,
      onEpoch: () => controller.abort("enough"),
    }),
    { name: "AbortError", cause: "enough" },
  );
  assert.equal(tf.memory().numTensors, tensors);
});

/** `count` images of each pattern. */
function images(count: number, side = SIDE): TrainingImage[] {
  return PATTERNS.flatMap((pattern, classIndex) =>
    Array.from({ length: count }, (_, i) => ({
      pixels: patternImage(pattern, side, i).data,
      classIndex,
    }))
  );
}

function assertSameWeights(found: Network, expected: Network): void {
  const { nodes } = inceptionV3(expected.architecture);
  for (const { name } of nodes.filter(isWeighted)) {
    const [a, b] = [found.weights(name), expected.weights(name)];
    assertClose(a.kernel, b.kernel, 1e-5);
    assertClose(a.bias, b.bias, 1e-5);
  }
}
