import assert from "node:assert/strict";
import type { StoredLayer } from "../../../src/weights/keras/match_order.ts";
import {
  layersByName,
  layersByPlace,
} from "../../../src/weights/keras/stored_layers.ts";
import { type FakeFile, fakeGroup } from "./fake_group.ts";

const BYTES = new Uint8Array(4);

/** The names of layers and of their tensors. */
function summary(layers: readonly StoredLayer[]): string[] {
  return layers.map(({ name, tensors }) => `${name}: ${[...tensors.keys()]}`);
}

/** A file of tensors by path. */
function fileOf(tensors: Record<string, readonly number[]>): FakeFile {
  // deno-lint-ignore no-explicit-any -- it is filled here.
  const file: any = {};
  for (const [path, shape] of Object.entries(tensors)) {
    const parts = path.split("/");
    const last = parts.pop()!;
    let group = file;
    for (const part of parts) group = group[part] ??= {};
    group[last] = shape;
  }
  return file;
}

Deno.test("layersByName() puts the frozen layers of a model in the model first", () => {
  const tensors = {
    "b/kernel:0": [3, 3, 8, 8],
    "c/kernel:0": [1, 1, 8, 8],
    "a/kernel:0": [3, 3, 3, 8],
    "a_norm/beta:0": [8],
    "a_norm/moving_mean:0": [8],
  };
  const file = {
    base: fileOf(tensors),
    dense: fileOf({ "dense/kernel:0": [8, 2] }),
  };
  const layers = layersByName(
    fakeGroup(file, {
      layer_names: ["base", "dense"],
      "base/weight_names": Object.keys(tensors),
      "dense/weight_names": ["dense/kernel:0"],
    }),
    BYTES,
  );
  assert.deepEqual(summary(layers), [
    "a: kernel",
    "a_norm: beta,moving_mean",
    "b: kernel",
    "c: kernel",
    "dense: kernel",
  ]);
});

Deno.test("layersByName() passes over what augmentation counts with", () => {
  const file = {
    random: fileOf({ "random/StateVar:0": [3] }),
    dense: fileOf({ "kernel": [8, 2] }),
  };
  const layers = layersByName(
    fakeGroup(file, {
      layer_names: ["random", "dense"],
      "random/weight_names": ["random/StateVar:0"],
      "dense/weight_names": ["kernel"],
    }),
    BYTES,
  );
  assert.deepEqual(summary(layers), ["dense: kernel"]);
});

Deno.test("layersByName() refuses a tensor that stands twice in a layer", () => {
  const file = { d: fileOf({ "kernel:0": [1], kernel: [1] }) };
  const group = fakeGroup(file, {
    layer_names: ["d"],
    "d/weight_names": ["kernel:0", "kernel"],
  });
  assert.throws(() => layersByName(group, BYTES), {
    message:
      'Cannot import the Keras layer "d" as it must have one "kernel": "d" has several',
  });
});

Deno.test("layersByPlace() gives the layers of each class in their order", () => {
  const file = fileOf({
    "layers/functional/layers/conv2d/vars/0": [3, 3, 3, 8],
    "layers/functional/layers/conv2d_2/vars/0": [1],
    "layers/functional/layers/conv2d_10/vars/0": [1],
    "layers/functional/layers/batch_normalization/vars/0": [8],
    "layers/functional/layers/batch_normalization/vars/1": [8],
    "layers/functional/layers/batch_normalization/vars/2": [8],
    "layers/dense/vars/0": [8, 2],
    "layers/dense/vars/1": [2],
    "layers/dropout/seed_generator/vars/0": [2],
    "optimizer/vars/0": [1],
  });
  const layers = layersByPlace(fakeGroup(file), BYTES);
  const base = "layers/functional/layers";
  assert.deepEqual(summary(layers).sort(), [
    "layers/dense: kernel,bias",
    `${base}/batch_normalization: beta,moving_mean,moving_variance`,
    `${base}/conv2d: kernel`,
    `${base}/conv2d_10: kernel`,
    `${base}/conv2d_2: kernel`,
  ]);
  const convs = layers.map(({ name }) => name).filter((it) => /conv/.test(it));
  assert.deepEqual(convs, [
    `${base}/conv2d`,
    `${base}/conv2d_2`,
    `${base}/conv2d_10`,
  ]);
});

for (
  const [what, tensors, message] of [
    [
      "of another class",
      { "layers/normalization/vars/0": [3] },
      /"layers\/normalization" has 1 tensor of another\. Save the whole model: model\.save\("model\.keras"\)$/,
    ],
    ["of too many tensors", {
      "layers/dense/vars/0": [1],
      "layers/dense/vars/1": [1],
      "layers/dense/vars/2": [1],
    }, /"layers\/dense" has 3 tensors/],
    [
      "of tensors with other names",
      { "layers/dense/vars/x": [1] },
      /Cannot find the tensor "layers\/dense\/vars\/0"/,
    ],
    [
      "that nest deep",
      { [`${"layers/a/".repeat(10)}x`]: [1] },
      /nested <= 8 deep/,
    ],
  ] as const
) {
  Deno.test(`layersByPlace() refuses layers ${what}`, () => {
    assert.throws(() => layersByPlace(fakeGroup(fileOf(tensors)), BYTES), {
      name: "CorruptWeightsError",
      message,
    });
  });
}
