import assert from "node:assert/strict";
import { checkpointLabels } from "../../../src/weights/torch/checkpoint_labels.ts";
import { loadNetwork } from "../../../src/weights/mod.ts";
import type { Pickled } from "../../../src/weights/torch/pickled.ts";
import { makeStateDict } from "../../torchvision_model.ts";
import {
  checkpointZip,
  dict,
  int,
  pickled,
  pickleState,
} from "./make_checkpoint.ts";

const map = (items: Record<string, Pickled>) =>
  new Map<Pickled, Pickled>(Object.entries(items));

for (
  const [key, value] of [
    ["classes", ["b", "a"]],
    ["class_names", ["b", "a"]],
    ["class_to_idx", map({ a: 1, b: 0 })],
    ["idx_to_class", new Map<Pickled, Pickled>([[1, "a"], [0, "b"]])],
    ["id2label", map({ "0": "b", "1": "a" })],
  ] as const
) {
  Deno.test(`checkpointLabels() reads ${key}`, () => {
    const root = map({ [key]: value as Pickled });
    const found = { labels: ["b", "a"], labelsFrom: `"${key}" in it` };
    assert.deepEqual(checkpointLabels(root, 2), found);
    // They are returned even if their number is wrong.
    assert.deepEqual(checkpointLabels(root, 3), found);
    assert.equal(checkpointLabels(root, 0), undefined);
  });
}

Deno.test("checkpointLabels() takes nothing that doesn't name each class once", () => {
  for (
    const [key, value] of [
      ["classes", ["a", "a"]],
      ["classes", ["a", 1]],
      ["classes", "ab"],
      ["classes", null],
      ["class_to_idx", map({ a: 0, b: 0 })],
      ["class_to_idx", map({ a: 0, b: 2 })],
      ["class_to_idx", map({ a: 0, b: 2 ** 40 })],
      ["idx_to_class", map({ a: "0", b: "1" })],
    ] as const
  ) {
    const root = map({ [key]: value as Pickled });
    assert.equal(checkpointLabels(root, 2), undefined, key);
  }
  assert.equal(checkpointLabels(["classes"], 1), undefined);
});

Deno.test("checkpointLabels() takes what names as many classes", () => {
  const root = map({ classes: ["a", "b", "c"], label_names: ["d", "e"] });
  assert.deepEqual(checkpointLabels(root, 2)?.labels, ["d", "e"]);
  assert.deepEqual(checkpointLabels(root, 4)?.labels, ["a", "b", "c"]);
});

Deno.test("loadNetwork() names the list in a checkpoint that is too short", async () => {
  const { pickle, storages } = pickleState(makeStateDict(), "module.");
  const checkpoint = dict([
    ["state_dict", pickle],
    ["class_to_idx", dict([["a", int(0)], ["b", int(1)]])],
  ]);
  const bytes = checkpointZip(pickled(checkpoint), storages);
  await assert.rejects(loadNetwork(bytes), {
    name: "CorruptWeightsError",
    message:
      /Cannot label the model's 7 classes with 2 names from "class_to_idx" in it: give others by --labels FILE, or \{ labels \}$/,
  });
  const labels = ["a", "b", "c", "d", "e", "f", "g"];
  assert.deepEqual((await loadNetwork(bytes, { labels })).labels, labels);
});

Deno.test("loadNetwork() takes the names of classes that a checkpoint has", async () => {
  const { pickle, storages } = pickleState(makeStateDict(), "module.");
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  const checkpoint = dict([
    ["epoch", int(3)],
    ["state_dict", pickle],
    ["class_to_idx", dict(names.map((it, i) => [it, int(6 - i)]))],
  ]);
  const bytes = checkpointZip(pickled(checkpoint), storages);
  const { labels } = await loadNetwork(bytes);
  assert.deepEqual(labels, names.toReversed());
});
