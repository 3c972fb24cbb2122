import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { inceptionV3, inferShapes } from "../../../src/model/mod.ts";
import {
  matchLayerOrder,
  type StoredLayer,
} from "../../../src/weights/keras/match_order.ts";

/**
 * The convolutions of `keras.applications.InceptionV3` in the order of `model.layers`,
 * each by its index in the order of creation.
 */
const KERAS_ORDER = [
  ...[1, 2, 3, 4, 5],
  ...[9, 7, 10, 6, 8, 11, 12],
  ...[16, 14, 17, 13, 15, 18, 19],
  ...[23, 21, 24, 20, 22, 25, 26],
  ...[28, 29, 27, 30],
  ...[35, 36, 32, 37, 33, 38, 31, 34, 39, 40],
  ...[45, 46, 42, 47, 43, 48, 41, 44, 49, 50],
  ...[55, 56, 52, 57, 53, 58, 51, 54, 59, 60],
  ...[65, 66, 62, 67, 63, 68, 61, 64, 69, 70],
  ...[73, 74, 71, 75, 72, 76],
  ...[81, 78, 82, 79, 80, 83, 84, 77, 85],
  ...[90, 87, 91, 88, 89, 92, 93, 86, 94],
];

/** The convolutions in the order in which Keras's code creates them. */
const MADE = [
  "Conv2d_1a_3x3",
  "Conv2d_2a_3x3",
  "Conv2d_2b_3x3",
  "Conv2d_3b_1x1",
  "Conv2d_4a_3x3",
  ...block(
    "Mixed_5",
    "bcd",
    "1x1 5x5_1 5x5_2 3x3dbl_1 3x3dbl_2 3x3dbl_3 _pool",
  ),
  ...block("Mixed_6", "a", "3x3 3x3dbl_1 3x3dbl_2 3x3dbl_3"),
  ...block(
    "Mixed_6",
    "bcde",
    "1x1 7x7_1 7x7_2 7x7_3 7x7dbl_1 7x7dbl_2 7x7dbl_3 7x7dbl_4 7x7dbl_5 _pool",
  ),
  ...block("Mixed_7", "a", "3x3_1 3x3_2 7x7x3_1 7x7x3_2 7x7x3_3 7x7x3_4"),
  ...block(
    "Mixed_7",
    "bc",
    "1x1 3x3_1 3x3_2a 3x3_2b 3x3dbl_1 3x3dbl_2 3x3dbl_3a 3x3dbl_3b _pool",
  ),
];

Deno.test("matchLayerOrder() has Keras's order of layers", () => {
  const { layers, architecture } = matchLayerOrder(kerasLayers());
  assert.equal(architecture.classes, 1000);
  assert.equal(layers.get("Logits")!.kernel.name, "predictions/kernel");
  for (const [i, name] of MADE.entries()) {
    const { kernel, after: [norm] = [] } = layers.get(name)!;
    assert.equal(kernel.name, `conv2d_${i + 1}/kernel`, name);
    assert.ok(norm?.op === "batchNorm");
    assert.equal(norm.mean.name, `batch_normalization_${i + 1}/moving_mean`);
  }
});

Deno.test("matchLayerOrder() finds a network of no classes without a dense layer", () => {
  const { layers, architecture } = matchLayerOrder(kerasLayers().slice(0, -1));
  assert.equal(architecture.classes, 0);
  assert.deepEqual(inceptionV3(architecture).outputs, {
    activations: "Mixed_7c",
    features: "AvgPool_1a",
  });
  assert.equal(layers.size, 94);
});

Deno.test("matchLayerOrder() finds a network that ends at an earlier block", () => {
  // 70 of the 94 convolutions come before Mixed_7a, in the same order.
  const { layers, architecture } = matchLayerOrder([
    ...kerasLayers().slice(0, 140),
    layer("dense", { kernel: [768, 3], bias: [3] }),
  ]);
  assert.equal(architecture.lastBlock, "Mixed_6e");
  assert.equal(architecture.classes, 3);
  assert.equal(layers.size, 71);
  for (const [i, name] of MADE.slice(0, 70).entries()) {
    assert.equal(layers.get(name)!.kernel.name, `conv2d_${i + 1}/kernel`, name);
  }
});

Deno.test("matchLayerOrder() takes dense layers for the classifier, and says so", () => {
  const { layers, architecture, origins } = matchLayerOrder([
    ...kerasLayers(),
    layer("dense", { kernel: [1000, 7], bias: [7] }),
  ]);
  assert.deepEqual(architecture.hiddenUnits, [1000]);
  assert.equal(architecture.classes, 7);
  const { kernel } = layers.get("Logits/hidden_1")!;
  assert.equal(kernel.name, "predictions/kernel");
  assert.equal(layers.get("Logits")!.kernel.name, "dense/kernel");
  assert.equal(origins?.hidden, "assumed");
});

const FAULTS: [
  name: string,
  change: (layers: StoredLayer[]) => void,
  message: RegExp,
][] = [
  [
    "an absent convolution",
    (layers) => layers.splice(indexOf(layers, "conv2d_8"), 1),
    /file's 93 convolutions with the 94 .* that of "Mixed_5b\/branch5x5_2" must have the shape \[5,5,48,64\]: next is "conv2d_11" with \[3,3,96,96\]$/,
  ],
  [
    "an absent last convolution",
    (layers) => layers.splice(indexOf(layers, "conv2d_94"), 1),
    /that of "Mixed_7c\/branch_pool" must have the shape \[1,1,2048,192\]: next is none$/,
  ],
  [
    "one convolution more",
    (layers) => layers.push(layer("conv2d_95", { kernel: [1, 1, 2048, 9] })),
    /95 convolutions .* there must be no more: next is "conv2d_95" with \[1,1,2048,9\]$/,
  ],
  [
    "an absent batch norm",
    (layers) => layers.splice(indexOf(layers, "batch_normalization_8"), 1),
    /93 batch norms .* must have the shape \[64\]: next is "batch_normalization_11" with \[96\]$/,
  ],
  [
    "batch norm between dense layers",
    (layers) => {
      layers.push(layer("batch_normalization_94", { moving_mean: [256] }));
      layers.push(layer("dense", { kernel: [1000, 5] }));
    },
    /a batch norm per convolution and no other: the file has 95 for 94 convolutions, .* Save it: model\.save\("model\.keras"\)$/,
  ],
  [
    "a kernel of another shape",
    (layers) =>
      layers[indexOf(layers, "conv2d_3")] = layer("conv2d_3", {
        kernel: [3, 3, 32, 63],
      }),
    /"Conv2d_2b_3x3" must have the shape \[3,3,32,64\]: next is "conv2d_3" with \[3,3,32,63\]$/,
  ],
  [
    "layers of another kind",
    (layers) => layers.push(layer("lstm", { recurrent_kernel: [3, 3] })),
    /layer "lstm" as it must be a convolution, .*: it has "recurrent_kernel"$/,
  ],
  [
    "18 dense layers",
    (layers) => {
      for (let i = 0; i < 17; i++) {
        layers.push(layer(`dense_${i}`, { kernel: [1000, 1000] }));
      }
    },
    /must have <= 16 dense layers before the last: they have 17$/,
  ],
  [
    "nothing",
    (layers) => layers.splice(0),
    /0 convolutions .* next is none$/,
  ],
];

for (const [name, change, message] of FAULTS) {
  Deno.test(`matchLayerOrder() rejects ${name}`, () => {
    const layers = kerasLayers();
    change(layers);
    assert.throws(() => matchLayerOrder(layers), (error) => {
      assert.ok(error instanceof CorruptWeightsError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}

/** The layers of the published weights, except those without tensors. */
function kerasLayers(): StoredLayer[] {
  const graph = inceptionV3();
  const shapes = inferShapes(graph);
  const layers = KERAS_ORDER.flatMap((number) => {
    const node = graph.nodes.find((it) => it.name === MADE[number - 1]);
    assert.ok(node?.op === "conv");
    const kernel = [
      ...node.kernel,
      shapes.get(node.input)![2],
      node.channels,
    ];
    const [beta, moving_mean, moving_variance] = Array(3).fill([node.channels]);
    return [
      layer(`conv2d_${number}`, { kernel }),
      layer(`batch_normalization_${number}`, {
        beta,
        moving_mean,
        moving_variance,
      }),
    ];
  });
  const head = { kernel: [2048, 1000], bias: [1000] };
  return [...layers, layer("predictions", head)];
}

/** The names of a block's branches: `Mixed_5b/branch1x1`, ... */
function block(stage: string, letters: string, branches: string): string[] {
  return [...letters].flatMap((letter) =>
    branches.split(" ").map((it) => `${stage}${letter}/branch${it}`)
  );
}

function layer(
  name: string,
  shapes: Record<string, readonly number[]>,
): StoredLayer {
  const tensors = Object.entries(shapes).map(([tensor, shape]) =>
    [tensor, {
      name: `${name}/${tensor}`,
      shape,
      read: () => assert.fail("a tensor is read"),
    }] as const
  );
  return { name, tensors: new Map(tensors) };
}

function indexOf(layers: readonly StoredLayer[], name: string): number {
  return layers.findIndex((it) => it.name === name);
}
