import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../src/errors.ts";
import {
  inceptionV3,
  isWeighted,
  type Network,
  type Shape,
} from "../../src/model/mod.ts";
import { importTorch } from "../../src/weights/torch/import_torch.ts";
import {
  IMAGENET_PREPROCESSING,
  importTorchvision,
  TORCHVISION_PREPROCESSING,
  type TorchvisionOptions,
} from "../../src/weights/torchvision.ts";
import {
  stringifyTrained,
  TRAINED,
} from "../../src/weights/trained_metadata.ts";
import { evaluate } from "../reference.ts";
import { NARROW } from "../layers_model.ts";
import { noise } from "../random.ts";
import {
  asState,
  makeStateDict,
  saveStateDict,
  type StateDict,
  type TorchTensor,
} from "../torchvision_model.ts";

/** PyTorch's layout: `[channels, height, width]`, row-major. */
interface Planes {
  readonly shape: readonly [number, number, number];
  readonly values: Float64Array;
}

for (const dtype of ["F32", "F16", "BF16"] as const) {
  Deno.test(`importTorchvision() gives a network of ${dtype} tensors that computes what PyTorch's does`, async () => {
    const state = makeStateDict(dtype);
    const network = await load(state);
    const graph = inceptionV3({ ...network.architecture, variant: 75 });
    const nodes = evaluate(network, graph, noise(75));
    const planes = (name: string) => toPlanes(nodes.get(name)!);
    const conv = (name: string, x: Planes, options?: ConvOptions) =>
      basicConv2d(state, name, x, options);

    // Covers a stem, both kinds of block with an average pool, and the head.
    assertClose(
      planes("Conv2d_1a_3x3"),
      conv("Conv2d_1a_3x3", planes("input"), { stride: 2 }),
    );
    const b = planes("MaxPool_5a_3x3");
    assertClose(
      planes("Mixed_5b"),
      cat(
        conv("Mixed_5b.branch1x1", b),
        conv("Mixed_5b.branch5x5_2", conv("Mixed_5b.branch5x5_1", b), {
          padding: [2, 2],
        }),
        ["branch3x3dbl_2", "branch3x3dbl_3"].reduce(
          (x, it) => conv(`Mixed_5b.${it}`, x, { padding: [1, 1] }),
          conv("Mixed_5b.branch3x3dbl_1", b),
        ),
        conv("Mixed_5b.branch_pool", avgPool2d(b)),
      ),
    );
    const c = planes("Mixed_6a");
    const [across, down] = [{ padding: [0, 3] }, { padding: [3, 0] }] as const;
    let single = conv("Mixed_6b.branch7x7_1", c);
    single = conv("Mixed_6b.branch7x7_2", single, across);
    single = conv("Mixed_6b.branch7x7_3", single, down);
    let double = conv("Mixed_6b.branch7x7dbl_1", c);
    double = conv("Mixed_6b.branch7x7dbl_2", double, down);
    double = conv("Mixed_6b.branch7x7dbl_3", double, across);
    double = conv("Mixed_6b.branch7x7dbl_4", double, down);
    double = conv("Mixed_6b.branch7x7dbl_5", double, across);
    assertClose(
      planes("Mixed_6b"),
      cat(
        conv("Mixed_6b.branch1x1", c),
        single,
        double,
        conv("Mixed_6b.branch_pool", avgPool2d(c)),
      ),
    );
    const { values } = nodes.get(graph.outputs.features)!;
    assertClose(planes("Logits"), linear(state, "fc", values));
  });
}

Deno.test("importTorchvision() takes every tensor by torchvision's own name", () => {
  const state = makeStateDict("F32", true);
  // 94 convolutions and 2 more, a classifier and another one.
  assert.equal(state.size, 96 * 6 + 2 * 2);
  // From `torchvision.models.inception_v3().state_dict()`, channels by 16.
  const expected: [node: string, tensor: string, shape: number[]][] = [
    ["Conv2d_4a_3x3", "Conv2d_4a_3x3.conv.weight", [12, 5, 3, 3]],
    ["Mixed_5c/branch_pool", "Mixed_5c.branch_pool.conv.weight", [4, 16, 1, 1]],
    ["Mixed_6a/branch3x3", "Mixed_6a.branch3x3.conv.weight", [24, 18, 3, 3]],
    ["Mixed_6e/branch7x7_2", "Mixed_6e.branch7x7_2.conv.weight", [
      12,
      12,
      1,
      7,
    ]],
    [
      "Mixed_6c/branch7x7dbl_2",
      "Mixed_6c.branch7x7dbl_2.conv.weight",
      [10, 10, 7, 1],
    ],
    [
      "Mixed_7a/branch7x7x3_4",
      "Mixed_7a.branch7x7x3_4.conv.weight",
      [12, 12, 3, 3],
    ],
    ["Mixed_7c/branch3x3_2a", "Mixed_7c.branch3x3_2a.conv.weight", [
      24,
      24,
      1,
      3,
    ]],
    ["AuxLogits/conv1", "AuxLogits.conv1.conv.weight", [48, 8, 5, 5]],
    ["AuxLogits/fc", "AuxLogits.fc.weight", [7, 48]],
    ["Logits", "fc.weight", [7, 128]],
  ];
  const { layers } = importTorch([asState(state)], { auxiliary: true });
  for (const [node, tensor, shape] of expected) {
    assert.equal(layers.get(node)!.kernel.name, tensor);
    assert.deepEqual(state.get(tensor)!.shape, shape);
  }
});

Deno.test("importTorchvision() tells what is particular about the network", async () => {
  const network = await load(makeStateDict());
  assert.deepEqual(network.architecture, {
    ...NARROW,
    countIncludePad: true,
    auxiliary: false,
  });
  assert.equal(network.labels[6], "class 6");
  assert.throws(() => network.weights("AvgPool_1a"), { name: "ArgumentError" });
});

Deno.test("importTorchvision() imports the auxiliary classifier where it's asked for", async () => {
  const state = makeStateDict("F32", true);
  const without = await load(state);
  assert.throws(() => without.weights("AuxLogits/fc"), {
    name: "ArgumentError",
  });
  const network = await load(state, { auxiliary: true });
  for (const node of inceptionV3(network.architecture).nodes) {
    if (isWeighted(node)) assert.ok(network.weights(node.name).bias.length > 0);
  }
  const { kernel, bias } = network.weights("AuxLogits/fc");
  const [weight, offsets] = [
    state.get("AuxLogits.fc.weight")!,
    state.get("AuxLogits.fc.bias")!,
  ];
  assert.deepEqual(bias, offsets.values);
  assert.equal(kernel[3 * 7 + 5], weight.values[5 * 48 + 3]);
  await assertFails(
    makeStateDict(),
    /"AuxLogits.conv0.conv.weight" .* absent/,
    {
      auxiliary: true,
    },
  );
});

Deno.test("importTorchvision() makes weights anew, leaving the tensors as they were", async () => {
  const { header, data } = await saveStateDict(makeStateDict());
  const before = data.slice();
  const network = importTorchvision(header, data);
  for (const name of ["Conv2d_1a_3x3", "Logits"]) {
    const first = network.weights(name);
    const kept = { kernel: first.kernel.slice(), bias: first.bias.slice() };
    first.kernel.fill(0);
    first.bias.fill(0);
    const { kernel, bias } = network.weights(name);
    assert.deepEqual({ kernel, bias }, kept);
  }
  assert.deepEqual(data, before);
});

Deno.test("importTorchvision() gives the labels and preprocessing it is given", async () => {
  const labels = ["a", "b", "c", "d", "e", "f", "g"];
  const preprocessing = IMAGENET_PREPROCESSING;
  const network = await load(makeStateDict(), { labels, preprocessing });
  assert.deepEqual(network.labels, labels);
  assert.deepEqual(network.preprocessing, preprocessing);
  await assert.rejects(load(makeStateDict(), { labels: ["a"] }), {
    name: "ArgumentError",
    message: /7 classes with 1 name/,
  });
});

Deno.test("TORCHVISION_PREPROCESSING is ImageNet's normalization and transform_input", () => {
  const [mean, deviation] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];
  for (const c of [0, 1, 2] as const) {
    for (const q of [0, 100, 255]) {
      const normalized = (q / 255 - mean[c]!) / deviation[c]!;
      const imagenet = IMAGENET_PREPROCESSING;
      assertNear(imagenet.scale[c] * q + imagenet.offset[c], normalized);
      // Like `Inception3._transform_input()`.
      const transformed = normalized * (deviation[c]! / 0.5) +
        (mean[c]! - 0.5) / 0.5;
      const { scale, offset } = TORCHVISION_PREPROCESSING;
      assertNear(scale[c] * q + offset[c], transformed);
    }
  }
});

const FAULTS: [name: string, change: (state: StateDict) => void, RegExp][] = [
  [
    "without a convolution",
    (state) => state.delete("Mixed_6c.branch7x7_2.conv.weight"),
    /"Mixed_6c.branch7x7_2.conv.weight" as its shape must be \[10,10,1,7\]: it is absent/,
  ],
  [
    "without a batch norm",
    (state) => state.delete("Mixed_7c.branch_pool.bn.running_var"),
    /"Mixed_7c.branch_pool.bn.running_var" as its shape must be \[12\]: it is absent/,
  ],
  [
    "whose classifier has a bias only",
    (state) => state.delete("fc.weight"),
    /"fc\.bias" of shape \[7\] .* of no linear layer/,
  ],
  [
    "without a stem",
    (state) => state.delete("Conv2d_1a_3x3.conv.weight"),
    /torchvision's first layer .* "Conv2d_1a_3x3\.conv\.weight": .* Only Inception-v3/,
  ],
  [
    "of no classes",
    (state) => reshape(state, "fc.weight", [0, 2 ** 50]),
    /classifier "fc" as it must take 128 values: it takes 1125899906842624/,
  ],
  [
    "of more classes than there can be",
    (state) => reshape(state, "fc.weight", [2 ** 50, 0]),
    /classifier "fc" as it must take 128 values: it takes 0/,
  ],
  [
    "of more channels than there can be",
    (state) => reshape(state, "Conv2d_1a_3x3.conv.weight", [2 ** 50, 0, 3, 3]),
    /"Conv2d_1a_3x3.conv.weight" as its shape must be \[channels,3,3,3\]: it is \[1125899906842624,0,3,3\]/,
  ],
  [
    "of grey images",
    (state) => reshape(state, "Conv2d_1a_3x3.conv.weight", [2, 1, 3, 3]),
    /must be \[channels,3,3,3\]: it is \[2,1,3,3\]: it takes grey images/,
  ],
  [
    "with a kernel on its side",
    (state) => reshape(state, "Mixed_6b.branch7x7_2.conv.weight", [8, 8, 7, 1]),
    /"Mixed_6b.branch7x7_2.conv.weight" .* \[8,8,1,7\]: it is \[8,8,7,1\]/,
  ],
  [
    "with a vector of another length",
    (state) => reshape(state, "Conv2d_2b_3x3.bn.bias", [5]),
    /"Conv2d_2b_3x3.bn.bias" as its shape must be \[4\]: it is \[5\]/,
  ],
  [
    "with integers for weights",
    (state) =>
      change(state, "fc.bias", { dtype: "I64", values: new Float32Array(7) }),
    /"fc.bias" as its dtype must be one of F32, F16, BF16, F64: it is I64/,
  ],
  [
    "with a layer that Inception-v3 hasn't",
    (state) => state.set("fc2.bias", state.get("fc.bias")!),
    /"fc2.bias" of shape \[7\] as Inception-v3 has none of that name/,
  ],
  [
    "with a bias beside batch norm",
    (state) =>
      state.set("Conv2d_1a_3x3.conv.bias", state.get("Conv2d_1a_3x3.bn.bias")!),
    /"Conv2d_1a_3x3.conv.bias" of shape \[2\] as Inception-v3 has none/,
  ],
];

for (const [name, change, message] of FAULTS) {
  Deno.test(`importTorchvision() rejects a model ${name}`, async () => {
    const state = makeStateDict();
    change(state);
    await assertFails(state, message);
  });
}

Deno.test("importTorchvision() overrides parts of its own preprocessing, and says which", async () => {
  const crop = { kind: "squash" } as const;
  const { scale, offset } = IMAGENET_PREPROCESSING;
  for (
    const [preprocessing, option] of [
      [{ crop }, "crop"],
      [{ resize: "half-pixel" }, "resize"],
      [{ scale, offset }, "pixels"],
    ] as const
  ) {
    const network = await load(makeStateDict(), { preprocessing });
    const expected = { ...TORCHVISION_PREPROCESSING, ...preprocessing };
    assert.deepEqual(network.preprocessing, expected);
    const { pixels, crop, resize } = network.origins!;
    const origins = { pixels, crop, resize };
    assert.deepEqual(origins, {
      pixels: "assumed",
      crop: "assumed",
      resize: "assumed",
      [option]: "option",
    });
  }
});

Deno.test("importTorchvision() takes 1008 classes for FID's network, and says so", async () => {
  const { architecture, origins, preprocessing } = await load(
    withClasses(1008),
  );
  const { countIncludePad, lastPool } = architecture;
  assert.deepEqual([countIncludePad, lastPool], [false, "max"]);
  assert.equal(origins?.pools, "assumed");
  // Like pytorch-fid's preprocessing.
  assert.deepEqual(preprocessing, {
    ...TORCHVISION_PREPROCESSING,
    crop: { kind: "squash" },
    resize: "half-pixel",
  });
  for (const state of [withClasses(1007), withClasses(1008, true)]) {
    const { architecture, origins } = await load(state);
    assert.equal(architecture.classes, state.get("fc.bias")!.shape[0]);
    assert.equal(architecture.lastPool, undefined);
    assert.equal(origins?.pools, undefined);
  }
  // Networks trained by this package say so.
  const { header, data } = await saveStateDict(withClasses(1008));
  const text = stringifyTrained({
    variant: "full",
    labels: Array.from({ length: 1008 }, (_, i) => `class ${i}`),
    preprocessing: TORCHVISION_PREPROCESSING,
  });
  const metadata = new Map([...header.metadata, [TRAINED, text]]);
  const own = importTorchvision({ ...header, metadata }, data);
  assert.equal(own.labels.length, 1008);
  assert.equal(own.architecture.lastPool, undefined);
});

Deno.test("importTorchvision() names the layer of a negative variance", async () => {
  const state = makeStateDict();
  const variance = state.get("Mixed_5b.branch1x1.bn.running_var")!;
  variance.values[2] = -1;
  const network = await load(state);
  assert.throws(
    () => network.weights("Mixed_5b/branch1x1"),
    /"Mixed_5b\/branch1x1".*channel 2 has -1/,
  );
});

Deno.test("importTorchvision() rejects data of another length", async () => {
  const { header, data } = await saveStateDict(makeStateDict());
  assert.throws(
    () => importTorchvision(header, data.subarray(1)),
    /their data must have \d+ bytes: it has \d+/,
  );
});

function withClasses(classes: number, auxiliary = false): StateDict {
  const state = makeStateDict("F32", auxiliary);
  setClasses(state, classes);
  return state;
}

function setClasses(state: StateDict, classes: number): void {
  const zeros = (...shape: number[]) => ({
    shape,
    values: new Float32Array(shape.reduce((a, b) => a * b)),
  });
  change(state, "fc.weight", zeros(classes, 128));
  change(state, "fc.bias", zeros(classes));
}

async function load(
  state: StateDict,
  options?: TorchvisionOptions,
): Promise<Network> {
  const { header, data } = await saveStateDict(state);
  return importTorchvision(header, data, options);
}

async function assertFails(
  state: StateDict,
  message: RegExp,
  options?: TorchvisionOptions,
): Promise<void> {
  await assert.rejects(load(state, options), (error) => {
    assert.ok(error instanceof CorruptWeightsError);
    assert.match(error.message, message);
    return true;
  });
}

function change(
  state: StateDict,
  name: string,
  changes: Partial<TorchTensor>,
): void {
  state.set(name, { ...state.get(name)!, ...changes });
}

/** Changes a tensor's shape, filled with zeros. */
function reshape(state: StateDict, name: string, shape: number[]): void {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  change(state, name, { shape, values });
}

interface ConvOptions {
  readonly stride?: number;
  readonly padding?: readonly [vertical: number, horizontal: number];
}

/** torchvision's `BasicConv2d`, `relu(bn(conv(x)))`, without folding. */
function basicConv2d(
  state: StateDict,
  module: string,
  { shape: [inputs, inHeight, inWidth], values }: Planes,
  { stride = 1, padding: [top, left] = [0, 0] }: ConvOptions = {},
): Planes {
  const { shape, values: weight } = state.get(`${module}.conv.weight`)!;
  const [gamma, beta, mean, variance] = [
    "weight",
    "bias",
    "running_mean",
    "running_var",
  ].map((it) => state.get(`${module}.bn.${it}`)!.values) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const [outputs, , kh, kw] = shape as [number, number, number, number];
  const height = Math.floor((inHeight + 2 * top - kh) / stride) + 1;
  const width = Math.floor((inWidth + 2 * left - kw) / stride) + 1;
  const result = new Float64Array(outputs * height * width);
  let at = 0;
  for (let o = 0; o < outputs; o++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let tap = 0; tap < inputs * kh * kw; tap++) {
          const plane = Math.floor(tap / (kh * kw));
          const row = y * stride - top + Math.floor(tap / kw) % kh;
          const column = x * stride - left + tap % kw;
          if (row < 0 || row >= inHeight) continue;
          if (column < 0 || column >= inWidth) continue;
          sum += weight[o * inputs * kh * kw + tap]! *
            values[(plane * inHeight + row) * inWidth + column]!;
        }
        const normalized = (sum - mean[o]!) / Math.sqrt(variance[o]! + 0.001);
        result[at++] = Math.max(0, normalized * gamma[o]! + beta[o]!);
      }
    }
  }
  return { shape: [outputs, height, width], values: result };
}

/** `avg_pool2d(x, kernel_size=3, stride=1, padding=1)`, which counts the padding. */
function avgPool2d({ shape, values }: Planes): Planes {
  const [, height, width] = shape;
  const result = values.map((_, i) => {
    const column = i % width;
    const row = Math.floor(i / width) % height;
    let sum = 0;
    for (const dy of [-1, 0, 1]) {
      for (const dx of [-1, 0, 1]) {
        if (row + dy < 0 || row + dy >= height) continue;
        if (column + dx < 0 || column + dx >= width) continue;
        sum += values[i + dy * width + dx]!;
      }
    }
    return sum / 9;
  });
  return { shape, values: result };
}

function linear(state: StateDict, module: string, x: Float64Array): Planes {
  const weight = state.get(`${module}.weight`)!.values;
  const values = Float64Array.from(
    state.get(`${module}.bias`)!.values,
    (bias, o) =>
      x.reduce((sum, it, i) => sum + it * weight[o * x.length + i]!, bias),
  );
  return { shape: [values.length, 1, 1], values };
}

function cat(...parts: readonly Planes[]): Planes {
  const [, height, width] = parts[0]!.shape;
  const values = Float64Array.from(parts.flatMap((it) => [...it.values]));
  return { shape: [values.length / (height * width), height, width], values };
}

function toPlanes(
  { shape: [height, width, channels], values }: {
    readonly shape: Shape;
    readonly values: Float64Array;
  },
): Planes {
  const pixels = height * width;
  return {
    shape: [channels, height, width],
    values: values.map((_, i) =>
      values[(i % pixels) * channels + Math.floor(i / pixels)]!
    ),
  };
}

function assertClose(found: Planes, expected: Planes): void {
  assert.deepEqual(found.shape, expected.shape);
  for (const [i, value] of found.values.entries()) {
    assertNear(value, expected.values[i]!);
  }
}

/** Compares up to the rounding of folded weights to f32. */
function assertNear(found: number, expected: number): void {
  const tolerance = 1e-6 * (1 + Math.abs(expected));
  assert.ok(
    Math.abs(found - expected) <= tolerance,
    `${found} should be ${expected}`,
  );
}
