import assert from "node:assert/strict";
import type { Scalar, Tensor, Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import { loadTfjsWasm } from "../../src/backends/tfjs/wasm.ts";
import {
  type Graph,
  inceptionV3,
  inferShapes,
  INPUT,
  type Shape,
} from "../../src/model/mod.ts";
import { createParameters } from "../../src/train/create_parameters.ts";
import { runFolded, runForward } from "../../src/train/forward.ts";
import { squareLoss } from "../../src/train/layers/square_loss.ts";
import { withGradient } from "../../src/train/layers/with_gradient.ts";
import {
  disposeAll,
  mapTensors,
  type Tensors,
} from "../../src/train/parameters.ts";
import { randomNumbers } from "../random.ts";
import { checkGradients } from "./gradients.ts";

const tf = await loadTfjsWasm();
await tf.setBackend("wasm");

const NARROW = {
  widthMultiplier: 1 / 16,
  classes: 5,
  hiddenUnits: [6],
};

const INPUT_LAYER = "before";

const CONV = {
  op: "conv",
  input: INPUT,
  channels: 4,
  kernel: [1, 1],
  stride: 1,
  padding: "same",
  batchNorm: true,
  activation: "relu",
} as const;

/** Which part of the network, from an activation of which size. */
const BLOCKS: [name: string, nodes: RegExp, size: Shape][] = [
  ["the stem, strided and pooled", /^(Conv2d|MaxPool)_\w+$/, [43, 43, 3]],
  ["block A", /^Mixed_5b/, [6, 6, 12]],
  ["block B, the grid reduction", /^Mixed_6a/, [7, 8, 18]],
  ["block C, 7 x 7 factorized", /^Mixed_6b/, [5, 6, 48]],
  ["block D, the second reduction", /^Mixed_7a/, [7, 6, 48]],
  ["block E, expanded", /^Mixed_7b/, [3, 4, 80]],
  ["the auxiliary classifier", /^AuxLogits/, [17, 17, 48]],
  ["the head", /^(AvgPool_1a|Logits)/, [2, 3, 128]],
];

for (const [name, nodes, size] of BLOCKS) {
  Deno.test(`gradients through ${name} agree with finite differences`, () => {
    if (size[2] === 3) return checkBlock(blockOf(nodes, size, INPUT));
    // A layer before it, so that something learns through all its branches.
    const before = { ...CONV, name: INPUT_LAYER, channels: size[2] };
    const block = blockOf(nodes, size, INPUT_LAYER);
    checkBlock({ ...block, nodes: [before, ...block.nodes] });
  });
}

Deno.test("gradients through convolutions agree, strided, padded, or with pixels left over", () => {
  for (
    const [kernel, stride] of [
      [[3, 3], 1],
      [[1, 4], 1],
      [[2, 1], 1],
      [[3, 3], 2],
      [[3, 3], 3],
    ] as const
  ) {
    for (const padding of ["same", "valid"] as const) {
      checkBlock({
        input: [11, 12, 3],
        nodes: [
          { ...CONV, name: INPUT_LAYER },
          {
            ...CONV,
            name: "conv",
            input: INPUT_LAYER,
            kernel,
            stride,
            padding,
          },
        ],
        outputs: { features: "conv" },
      });
    }
  }
});

Deno.test("gradients through pools agree, strided, padded, or with pixels left over", () => {
  for (const op of ["avgPool", "maxPool"] as const) {
    for (const [size, stride] of [[3, 1], [2, 2], [3, 2]] as const) {
      for (const padding of ["same", "valid"] as const) {
        for (const countIncludePad of [false, true]) {
          const window = { input: INPUT_LAYER, size, stride, padding };
          checkBlock({
            input: [11, 12, 3],
            nodes: [
              { ...CONV, name: INPUT_LAYER },
              op === "maxPool"
                ? { ...window, op, name: "pool" }
                : { ...window, op, name: "pool", countIncludePad },
              { ...CONV, name: "behind", input: "pool" },
            ],
            outputs: { features: "behind" },
          });
        }
      }
    }
  }
});

Deno.test("batches are normalized by their own moments, which are shown", () => {
  const graph: Graph = {
    input: [5, 4, 2],
    nodes: [{ ...CONV, name: "conv", kernel: [3, 3] }],
    outputs: { features: "conv" },
  };
  tf.tidy(() => {
    const parameters = createParameters(tf, graph, randomNumbers(1));
    const images = randomImages(graph.input, 3);
    const seen: [string, number[], number[]][] = [];
    const [output] = runForward(
      tf,
      graph,
      parameters,
      images,
      ["conv"],
      (node, { mean, variance }) =>
        seen.push([node, [...mean.dataSync()], [...variance.dataSync()]]),
    );
    const sums = tf.conv2d(
      images,
      parameters.get("conv.kernel") as Tensor4D,
      1,
      "same",
    );
    const { mean, variance } = tf.moments(sums, [0, 1, 2]);
    const [[node, means, variances]] = seen as [typeof seen[0]];
    assert.equal(node, "conv");
    assertClose(means, mean.dataSync());
    assertClose(variances, variance.dataSync());
    const expected = tf.relu(
      tf.div(tf.sub(sums, mean), tf.sqrt(tf.add(variance, 1e-3))),
    );
    assertClose([...output!.dataSync()], expected.dataSync());
  });
});

Deno.test("gradients through a stem with batch norm folded agree, to targets of weighted channels", () =>
  tf.tidy(() => {
    const stem = blockOf(/^(Conv2d|MaxPool)_\w+$/, [43, 43, 3], INPUT);
    const { features } = stem.outputs;
    const parameters = new Map(
      [...createParameters(tf, stem, randomNumbers(5))].map(([name, it]) => [
        name.replace(/beta$/, "bias"),
        // Away from where ReLUs bend.
        tf.add(it, name.endsWith("beta") ? 2 : 0),
      ]),
    );
    const images = randomImages(stem.input, 4);
    const end = (parameters: Tensors) =>
      runFolded(tf, stem, parameters, images, [features])[0] as Tensor4D;
    const value = end(parameters);
    const targets = tf.add(value, randomTensor(value.shape, 8)) as Tensor4D;
    const weights = tf.range(1, 1 + value.shape[3]) as Tensor1D;
    const expected = tf.mean(
      tf.mul(tf.square(tf.sub(value, targets)), weights),
    );
    const loss = (parameters: Tensors) =>
      squareLoss(tf, end(parameters), targets, weights);
    assertClose([...loss(parameters).dataSync()], expected.dataSync());
    checkGradients(tf, parameters, loss, {
      tolerance: 0.05,
      size: expected.dataSync()[0]!,
    });
  }));

Deno.test("batch norm folded is a convolution with its bias, cut at zero", () => {
  const graph: Graph = {
    input: [5, 4, 2],
    nodes: [{ ...CONV, name: "conv", kernel: [3, 3] }],
    outputs: { features: "conv" },
  };
  tf.tidy(() => {
    const kernel = randomTensor([3, 3, 2, 4], 1) as Tensor4D;
    const bias = randomTensor([4], 2) as Tensor1D;
    const parameters = new Map<string, Tensor>([
      ["conv.kernel", kernel],
      ["conv.bias", bias],
    ]);
    const x = randomImages(graph.input, 3);
    const [found] = runFolded(tf, graph, parameters, x, ["conv"]);
    const sums = tf.conv2d(x, kernel, 1, "same");
    const expected = tf.relu(tf.add(sums, bias));
    assertClose([...found!.dataSync()], expected.dataSync());
  });
});

Deno.test("what isn't asked for isn't computed", () => {
  const graph = inceptionV3({ ...NARROW, variant: "low79", auxiliary: true });
  const seen: string[] = [];
  tf.tidy(() => {
    const parameters = createParameters(tf, graph, randomNumbers(1));
    const images = randomImages(graph.input, 1);
    const [logits] = runForward(
      tf,
      graph,
      parameters,
      images,
      [graph.outputs.auxLogits!],
      (node) => seen.push(node),
    );
    assert.deepEqual(logits!.shape, [1, 5]);
  });
  assert.ok(seen.includes("AuxLogits/conv1"));
  assert.ok(!seen.some((it) => it.startsWith("Mixed_7")));
});

Deno.test("kernels begin truncated normal, with slim's deviations", () => {
  const graph = inceptionV3({
    ...NARROW,
    widthMultiplier: 1 / 4,
    variant: "low79",
    auxiliary: true,
  });
  const parameters = createParameters(tf, graph, randomNumbers(3));
  for (
    const [name, deviation] of [
      ["Conv2d_4a_3x3", 0.1],
      ["AuxLogits/conv1", 0.01],
      ["AuxLogits/fc", 0.001],
    ] as const
  ) {
    const values = parameters.get(`${name}.kernel`)!.dataSync<"float32">();
    const square = values.reduce((sum, it) => sum + it * it, 0);
    // A normal distribution that ends at two deviations has 0.88 of one.
    const found = Math.sqrt(square / values.length) / deviation;
    assert.ok(Math.abs(found - 0.88) < 0.04, `${name}: ${found}`);
    assert.ok(values.every((it) => Math.abs(it) <= 2.001 * deviation));
  }
  const beta = parameters.get("Conv2d_4a_3x3.beta")!.dataSync();
  assert.ok(beta.every((it) => it === 0));
  disposeAll(parameters);
});

/** The nodes of a part of the network, which read the node `before`. */
function blockOf(pattern: RegExp, input: Shape, before: string): Graph {
  const whole = inceptionV3({ ...NARROW, auxiliary: true });
  const nodes = whole.nodes.filter(({ name }) => pattern.test(name));
  const names = new Set(nodes.map(({ name }) => name));
  const inside = (name: string) => names.has(name) ? name : before;
  return {
    input,
    nodes: nodes.map((node) =>
      node.op === "concat"
        ? { ...node, inputs: node.inputs.map(inside) }
        : { ...node, input: inside(node.input) }
    ),
    outputs: { features: nodes.at(-1)!.name },
  };
}

function checkBlock(graph: Graph): void {
  inferShapes(graph);
  const created = createParameters(tf, graph, randomNumbers(5));
  // Away from where ReLUs bend, and kernels so large that they tell.
  const parameters = mapTensors(
    tf,
    created,
    (it, name) => name.endsWith(".kernel") ? it : tf.add(it, 2),
  );
  const images = randomImages(graph.input, 4);
  const { features } = graph.outputs;
  const output = tf.tidy(() =>
    runForward(tf, graph, parameters, images, [features])[0]!
  );
  const factors = randomTensor(output.shape, 8);
  const size = Math.hypot(...output.dataSync());
  output.dispose();
  checkGradients(tf, parameters, (parameters) => {
    const [output] = runForward(tf, graph, parameters, images, [features]);
    return weighted(output!, factors);
  }, { tolerance: 0.05, size });
  for (const it of [parameters, created]) disposeAll(it);
  images.dispose();
  factors.dispose();
}

/** The sum of all values, each by its own factor. */
function weighted(output: Tensor, factors: Tensor): Scalar {
  return withGradient(tf, [output], () => ({
    value: tf.sum(tf.mul(output, factors)) as Scalar,
    saved: [factors],
    gradient: (dy, [factors]) => [tf.mul(factors, dy)],
  }));
}

function randomImages(shape: Shape, images: number): Tensor4D {
  return randomTensor([images, ...shape], 2) as Tensor4D;
}

function randomTensor(shape: readonly number[], seed: number): Tensor {
  const random = randomNumbers(seed);
  const length = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length }, () => 2 * random() - 1);
  return tf.tensor(values, [...shape]);
}

function assertClose(found: number[], expected: ArrayLike<number>): void {
  assert.equal(found.length, expected.length);
  for (const [i, value] of found.entries()) {
    assert.ok(Math.abs(value - expected[i]!) < 1e-4);
  }
}
