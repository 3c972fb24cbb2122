import assert from "node:assert/strict";
import { ArgumentError, CorruptWeightsError } from "../../../src/errors.ts";
import type {
  ForeignConv,
  ForeignDense,
  ForeignTensor,
} from "../../../src/weights/foreign/graph.ts";
import type { ImportedModel } from "../../../src/weights/foreign/imported.ts";
import { matchInceptionV3 } from "../../../src/weights/foreign/match.ts";
import { importedNetwork } from "../../../src/weights/foreign/network.ts";
import {
  affine,
  batchNorm,
  change,
  convOf,
  type HandGraph,
  handGraph,
  insertAfter,
  tensor,
} from "./hand_graph.ts";
import { USUAL } from "./same_answers.ts";

const PIXELS = { scale: [1, 2, 3], offset: [4, 5, 6] } as const;

Deno.test("importedNetwork() takes an option first, then the file, then what lies beside it", () => {
  const model = modelOf({ lastBlock: "Mixed_5b" });
  const own: ImportedModel = {
    ...model,
    geometry: { resize: "half-pixel" },
    pixels: PIXELS,
  };
  const beside = {
    pixels: { scale: [1, 1, 1], offset: [0, 0, 0] },
    geometry: { resize: "bicubic", crop: { kind: "center", fraction: 0.5 } },
    variant: 150,
  } as const;

  const assumed = importedNetwork(model);
  assert.deepEqual(assumed.preprocessing, model.usual);
  assert.deepEqual(assumed.origins, {
    pixels: "assumed",
    crop: "assumed",
    resize: "assumed",
  });

  const said = importedNetwork(model, {}, beside);
  assert.deepEqual(said.preprocessing.crop, beside.geometry.crop);
  assert.equal(said.preprocessing.resize, "bicubic");
  assert.equal(said.origins?.resize, "model");

  const file = importedNetwork(own, {}, beside);
  assert.deepEqual(file.preprocessing, {
    crop: beside.geometry.crop,
    resize: "half-pixel",
    ...PIXELS,
  });
  assert.equal(file.origins?.pixels, "model");
  assert.equal(file.variant, 75); // The graph's own size.

  const crop = { kind: "squash" } as const;
  const asked = importedNetwork(own, { preprocessing: { crop } }, beside);
  assert.deepEqual(asked.preprocessing.crop, crop);
  assert.deepEqual(asked.origins, {
    pixels: "model",
    crop: "option",
    resize: "model",
  });
});

Deno.test("importedNetwork() takes the pooling that lies beside a file that doesn't say it", () => {
  const model = modelOf({ lastBlock: "Mixed_5b" });
  const beside = { pooling: "max" } as const;
  assert.equal(
    importedNetwork(model, {}, beside).architecture.pooling,
    undefined,
  );
  const unsaid: ImportedModel = { ...model, origins: { pooling: "assumed" } };
  const said = importedNetwork(unsaid, {}, beside);
  assert.equal(said.architecture.pooling, "max");
  assert.equal(said.origins?.pooling, undefined);
  assert.equal(importedNetwork(unsaid).origins?.pooling, "assumed");
  const asked = importedNetwork(unsaid, { pooling: "mean" }, beside);
  assert.equal(asked.architecture.pooling, "mean");
  assert.equal(asked.origins?.pooling, "option");
});

Deno.test("importedNetwork() takes labels of the options, the file, or beside it", () => {
  const model = modelOf({ lastBlock: "Mixed_5b", classes: 2 });
  const own = { ...model, labels: ["a", "b"] };
  const beside = { labels: ["c", "d"], classIds: ["1", "2"] };
  assert.deepEqual(importedNetwork(model).labels, ["class 0", "class 1"]);
  const named = importedNetwork(model, {}, beside);
  assert.deepEqual([named.labels, named.classIds], [["c", "d"], ["1", "2"]]);
  const file = importedNetwork(own, {}, beside);
  assert.deepEqual([file.labels, file.classIds], [["a", "b"], undefined]);
  const labels = ["e", "f"];
  assert.deepEqual(importedNetwork(own, { labels }, beside).labels, labels);
  assert.throws(() => importedNetwork(own, { labels: ["e"] }), ArgumentError);
  const wrong = { ...model, labels: ["a"] };
  assert.throws(() => importedNetwork(wrong), CorruptWeightsError);
});

Deno.test("importedNetwork() refuses one class unless it is a sigmoid's", () => {
  const unsaid = modelOf({
    lastBlock: "Mixed_5b",
    classes: 1,
    activation: "none",
  });
  assert.throws(() => importedNetwork(unsaid), {
    name: "ArgumentError",
    message: /--activation sigmoid/,
  });
  const asked = importedNetwork(unsaid, { activation: "sigmoid" });
  assert.equal(asked.origins?.activation, "option");
  const said = modelOf({
    lastBlock: "Mixed_5b",
    classes: 1,
    activation: "sigmoid",
  });
  assert.deepEqual(importedNetwork(said).labels, ["class 0"]);
  const both = importedNetwork(said, { labels: ["cat", "dog"] });
  assert.equal(both.architecture.classes, 2);
});

Deno.test("importedNetwork() keeps batch norm's statistics, scaled by what follows it", () => {
  const graph = handGraph({ lastBlock: "Mixed_5b" });
  const name = "Conv2d_2b_3x3";
  const channels = convOf(graph, name).kernel.shape[3]!;
  const plain = networkOf(graph).weights(name).statistics!;
  insertAfter(
    graph,
    `${name}:norm`,
    (name, input) => affine(name, input, [channels]),
  );
  const scale = tensor(`${name}:norm/scale`, [channels], -1.5, 1.5).read();
  const offset = tensor(`${name}:norm/offset`, [channels], -0.3, 0.3).read();
  const { mean, standardDeviation } = networkOf(graph).weights(name)
    .statistics!;
  for (let c = 0; c < channels; c++) {
    const expected = plain.mean[c]! * scale[c]! + offset[c]!;
    assert.ok(Math.abs(mean[c]! - expected) < 1e-6);
    const deviation = plain.standardDeviation[c]! * Math.abs(scale[c]!);
    assert.ok(Math.abs(standardDeviation[c]! - deviation) < 1e-6);
  }
});

Deno.test("importedNetwork() makes weights anew, leaving the tensors as they were", () => {
  const network = networkOf(handGraph({ lastBlock: "Mixed_5b" }));
  const first = network.weights("Logits");
  first.kernel.fill(0);
  assert.notDeepEqual(network.weights("Logits").kernel, first.kernel);
  assert.throws(() => network.weights("Mixed_5b"), { name: "ArgumentError" });
});

const SHAPES: [
  name: string,
  write: (graph: HandGraph) => void,
  message: RegExp,
][] = [
  [
    "a kernel of other inputs",
    (graph) => {
      const { kernel } = convOf(graph, "Conv2d_2b_3x3");
      change<ForeignConv>(graph, "Conv2d_2b_3x3:conv", {
        kernel: { ...kernel, shape: [3, 3, 2, 2] },
      });
    },
    /kernel of "Conv2d_2b_3x3" "Conv2d_2b_3x3\/kernel" as its shape must be \[3,3,1,2\]: it is \[3,3,2,2\]$/,
  ],
  [
    "a dense kernel of other inputs",
    (graph) => {
      const { kernel } = graph.nodes.get("Logits") as ForeignDense;
      change<ForeignDense>(graph, "Logits", {
        kernel: { ...kernel, shape: [7, 5] },
      });
    },
    /kernel of "Logits" "Logits\/kernel" as its shape must be \[\d+,5\]: it is \[7,5\]$/,
  ],
  [
    "a bias of another length",
    (graph) =>
      change<ForeignDense>(graph, "Logits", { bias: tensor("b", [4], 0, 1) }),
    /vector of "Logits" "b" as its shape must be \[5\]: it is \[4\]$/,
  ],
  [
    "batch norm of another length",
    (graph) =>
      graph.nodes.set(
        "Conv2d_1a_3x3:norm",
        batchNorm("n", "Conv2d_1a_3x3:conv", 2),
      ),
    /vector of "Conv2d_1a_3x3" "n\/gamma" as its shape must be \[1\]: it is \[2\]$/,
  ],
  [
    "a scale of another length",
    (graph) =>
      insertAfter(graph, "Logits", (name, input) => affine(name, input, [2])),
    /vector of "Logits" "Logits\/scale" as its shape must be \[5\]: it is \[2\]$/,
  ],
];

for (const [name, write, message] of SHAPES) {
  Deno.test(`importedNetwork() refuses ${name} before it reads a tensor`, () => {
    const graph = handGraph({ lastBlock: "Mixed_5b" });
    write(graph);
    const model = matchInceptionV3(graph, USUAL);
    assert.throws(() => importedNetwork(model), {
      name: "CorruptWeightsError",
      message,
    });
  });
}

for (
  const [name, message] of [
    ["kernel", /tensor "Logits\/kernel" of the layer "Logits" .* one is NaN/],
    ["scale", /tensor "Logits\/scale" of the layer "Logits" .* one is NaN/],
    ["variance", /batch norm of "Logits" as its variance must be >= 0.* NaN/],
  ] as const
) {
  Deno.test(`weights() names a ${name} that isn't a number`, () => {
    const graph = handGraph({ lastBlock: "Mixed_5b" });
    if (name === "scale") {
      insertAfter(graph, "Logits", (name, input) => affine(name, input, [5]));
    } else if (name === "variance") {
      insertAfter(graph, "Logits", (name, input) => batchNorm(name, input, 5));
    }
    const [key, node] = [...graph.nodes].find(([, node]) =>
      node.name === "Logits" && name in node
    )!;
    const own = (node as unknown as Record<string, ForeignTensor>)[name]!;
    const read = () => own.read().fill(NaN, 0, 1);
    graph.nodes.set(key, { ...node, [name]: { ...own, read } });
    assert.throws(() => networkOf(graph).weights("Logits"), { message });
  });
}

function modelOf(options: Parameters<typeof handGraph>[0]): ImportedModel {
  return matchInceptionV3(handGraph(options), USUAL);
}

function networkOf(graph: HandGraph) {
  return importedNetwork(matchInceptionV3(graph, USUAL));
}
