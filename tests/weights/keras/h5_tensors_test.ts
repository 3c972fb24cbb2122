import assert from "node:assert/strict";
import {
  findByName,
  findByPlace,
} from "../../../src/weights/keras/h5_tensors.ts";
import { layersByPlace } from "../../../src/weights/keras/stored_layers.ts";
import type { LayerPlace } from "../../../src/weights/keras/variables.ts";
import { asTree } from "../../../src/weights/keras/windows_names.ts";
import { fakeGroup } from "./fake_group.ts";

const BYTES = new Uint8Array(4);

/** A layer's place: names and classes, and its index among the layers of its class. */
function place(
  ...steps: [name: string, className: string, index?: number, count?: number][]
): LayerPlace {
  const path = steps.map(([name, className, index = 0, count = 1]) => ({
    name,
    className,
    index,
    count,
  }));
  const { name, className } = path.at(-1)!;
  const layer = {
    name,
    className,
    config: {},
    operands: [],
    reads: [],
    training: false,
  };
  return { layer, path };
}

const kernel = { name: "kernel", index: 0 };

Deno.test("findByName() finds the tensors of a layer by their last name, as layers are renamed", () => {
  const group = fakeGroup(
    { dense: { old: { "kernel:0": [2, 3] } } },
    { "dense/weight_names": ["old/kernel:0"] },
  );
  const find = findByName(group, BYTES);
  const tensor = find(place(["dense", "Dense"]), kernel)!;
  assert.equal(tensor.name, "old/kernel");
  assert.deepEqual(tensor.shape, [2, 3]);
  assert.equal(
    find(place(["dense", "Dense"]), { name: "bias", index: 1 }),
    undefined,
  );
  assert.equal(find(place(["other", "Dense"]), kernel), undefined);
});

Deno.test("findByName() finds the tensors of a model in the model", () => {
  const file = {
    base: {
      a: { "kernel:0": [1] },
      b: { "kernel:0": [2] },
      outer: { a: { "kernel:0": [3] } },
      "x/y": { "kernel:0": [4] },
    },
  };
  const names = ["a/kernel:0", "b/kernel:0", "outer/a/kernel:0"];
  const find = findByName(
    fakeGroup(file, { "base/weight_names": names }),
    BYTES,
  );
  const base = ["base", "Functional"] as [string, string];
  const shape = (...steps: Parameters<typeof place>) =>
    find(place(base, ...steps), kernel)?.shape;
  assert.deepEqual(shape(["b", "Dense"]), [2]);
  assert.deepEqual(shape(["outer", "Functional"], ["a", "Dense"]), [3]);
  assert.throws(() => shape(["a", "Dense"]), {
    message:
      'Cannot import the Keras layer "base/a" as it must have one kernel: the file has 2, "a/kernel:0" and "outer/a/kernel:0" among them',
  });
  assert.equal(shape(["c", "Dense"]), undefined);
});

Deno.test("findByPlace() finds a layer by its class and place, in Keras 3's layout and Keras 2's", () => {
  for (
    const [container, names] of [
      ["layers", ["conv2d", "conv2d_1", "conv2d_2", "conv2d_10"]],
      // Layers with weights are listed twice.
      ["_layer_checkpoint_dependencies", [
        "conv2d",
        "conv2d_2",
        "conv2d_4",
        "conv2d_6",
      ]],
    ] as const
  ) {
    const convs = Object.fromEntries(
      names.map((name, i) => [name, { vars: { "0": [i] } }]),
    );
    const file = {
      [container]: { functional: { [container]: convs }, conv2d: {} },
    };
    const find = findByPlace(fakeGroup(file), BYTES);
    for (const index of [0, 1, 2, 3]) {
      const conv = place(["base", "Functional"], ["c", "Conv2D", index, 4]);
      const tensor = find(conv, kernel)!;
      assert.deepEqual(tensor.shape, [index]);
      assert.equal(
        tensor.name,
        `${container}/functional/${container}/${names[index]}/vars/0`,
      );
    }
  }
});

Deno.test("findByPlace() finds a layer in the names that Keras 2 gave on Windows", () => {
  const container = "_layer_checkpoint_dependencies";
  const base = `${container}\\functional`;
  const file = {
    [base]: { vars: {} },
    [`${base}\\${container}\\conv2d`]: { vars: { "0": [1] } },
    [`${base}\\${container}\\conv2d_2`]: { vars: { "0": [2] } },
    [`${container}\\dense`]: { vars: { "0": [3], "1": [4] } },
    "metrics\\mean": { vars: { "0": [5] } },
    [`${"\\".repeat(99)}`]: {},
  };
  const root = asTree(fakeGroup(file));
  assert.deepEqual(root.members(), ["metrics", container]);
  const find = findByPlace(root, BYTES);
  const conv = (index: number) =>
    find(place(["b", "Functional"], ["c", "Conv2D", index, 2]), kernel);
  assert.deepEqual(conv(0)?.shape, [1]);
  assert.deepEqual(conv(1)?.shape, [2]);
  const dense = place(["d", "Dense"]);
  assert.deepEqual(find(dense, { name: "bias", index: 1 })?.shape, [4]);
  assert.equal(root.group("nothing"), undefined);
  const layers = layersByPlace(root, BYTES);
  const sizes = layers.map(({ tensors }) => tensors.size);
  assert.deepEqual(sizes.sort(), [1, 1, 2]);
});

Deno.test("asTree() leaves other files as they are", () => {
  const root = fakeGroup({ layers: { dense: {} } });
  assert.equal(asTree(root), root);
});

Deno.test("findByPlace() refuses another number of layers, and the weights of another one", () => {
  const file = { layers: { dense: { vars: { "0": [1] } } } };
  const texts = { "layers/dense/vars/name": ["head"] };
  const find = findByPlace(fakeGroup(file, texts), BYTES);
  assert.deepEqual(find(place(["head", "Dense"]), kernel)?.shape, [1]);
  assert.equal(
    find(place(["head", "Dense"]), { name: "bias", index: 1 }),
    undefined,
  );
  assert.throws(() => find(place(["head", "Dense", 0, 2]), kernel), {
    message:
      'Cannot find the weights of the Keras layer "head" as the file must have 2 groups for the layers of class Dense: it has 1',
  });
  assert.throws(() => find(place(["other", "Dense"]), kernel), {
    message:
      'Cannot import the Keras layer "other" as its weights must be in "layers/dense/": those are of "head"',
  });
  assert.throws(
    () => findByPlace(fakeGroup({}), BYTES)(place(["a", "Conv2D"]), kernel),
    /must have 1 groups for the layers of class Conv2D: it has 0$/,
  );
});
