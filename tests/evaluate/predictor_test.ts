import assert from "node:assert/strict";
import { type Classifier, load, type Network } from "../../mod.ts";
import { cutCrop, multiCrops } from "../../src/evaluate/crops.ts";
import { ensemble } from "../../src/evaluate/ensemble.ts";
import type { Predictor } from "../../src/evaluate/predictor.ts";
import { withCrops } from "../../src/evaluate/with_crops.ts";
import { importModel } from "../layers_model.ts";
import { noise } from "../random.ts";

const narrow: Network = await importModel();
const image = { data: noise(100), width: 100, height: 100 };

Deno.test("withCrops() of one crop answers as the model does", async () => {
  using classifier = await open();
  const predictor = withCrops(classifier);
  assert.equal(predictor.labels, classifier.labels);
  const { probabilities, inference } = await predictor.predict(image);
  assert.deepEqual(probabilities, await classifier.probabilities(image));
  assert.ok(inference > 0);
});

Deno.test("withCrops() averages what the model says of each crop", async () => {
  using classifier = await open();
  const wide = { data: image.data, width: 125, height: 80 };
  const count = 12;
  const { probabilities } = await withCrops(classifier, count).predict(wide);
  const crops = multiCrops(wide.width, wide.height, count);
  const sums = new Float64Array(classifier.labels.length);
  for (const crop of crops) {
    const part = await classifier.probabilities(cutCrop(wide, crop), {
      crop: { kind: "squash" },
    });
    for (const [i, it] of part.entries()) sums[i]! += it * crop.weight;
  }
  for (const [i, it] of probabilities.entries()) {
    assert.ok(Math.abs(it - sums[i]! / count) < 1e-6);
  }
});

Deno.test("withCrops() refuses a model that tells nothing apart", async () => {
  const network = await importModel({
    architecture: { widthMultiplier: 1 / 16, classes: 0 },
  });
  for (const labels of [[], ["a"]]) {
    using classifier = await open({ ...network, labels });
    assert.throws(() => withCrops(classifier), {
      name: "ArgumentError",
      message:
        `Cannot evaluate a model as it must tell >= 2 classes apart: it has ${labels.length}`,
    });
  }
});

Deno.test("withCrops() and ensemble() give up when the signal fires", async () => {
  using classifier = await open();
  const signal = AbortSignal.abort(new Error("the person went on"));
  for (const count of [1, 12] as const) {
    const predictor = ensemble([withCrops(classifier, count)]);
    await assert.rejects(predictor.predict(image, signal), {
      name: "AbortError",
    });
  }
});

Deno.test("ensemble() is the mean of its members' probabilities", async () => {
  const members = [[0.5, 0.25, 0.25], [0, 1, 0], [0.25, 0.75, 0]];
  const { predict, labels, concurrency } = ensemble(
    members.map((it, i) => constant(["a", "b", "c"], it, i + 1)),
  );
  const { probabilities, inference } = await predict(image);
  const expected = [0.25, 2 / 3, 0.25 / 3];
  for (const [i, it] of probabilities.entries()) {
    assert.ok(Math.abs(it - expected[i]!) < 1e-6);
  }
  assert.equal(inference, 3 * 2);
  assert.deepEqual(labels, ["a", "b", "c"]);
  assert.equal(concurrency, 3);
});

Deno.test("ensemble() refuses members of other classes, and none", () => {
  const of = (...labels: string[]) => constant(labels, labels.map(() => 0), 1);
  assert.throws(() => ensemble([]), { name: "ArgumentError" });
  assert.throws(() => ensemble([of("a", "b"), of("a", "c")]), {
    message:
      'Cannot predict with models of different classes: class 1 of model 1 is "b", of model 2 "c"',
  });
  for (const other of [of("a"), of("a", "b", "c")]) {
    assert.throws(() => ensemble([of("a", "b"), other]), {
      name: "ArgumentError",
    });
  }
});

Deno.test("ensemble() refuses members with a sigmoid and with softmax", () => {
  const softmax = constant(["a", "b"], [0.5, 0.5], 1);
  const sigmoid = { ...softmax, activation: "sigmoid" } as const;
  assert.equal(ensemble([sigmoid, sigmoid]).activation, "sigmoid");
  assert.equal(ensemble([softmax]).activation, "softmax");
  assert.throws(() => ensemble([softmax, sigmoid]), {
    name: "ArgumentError",
    message: /some of which have a sigmoid and others softmax/,
  });
});

function constant(
  labels: readonly string[],
  probabilities: readonly number[],
  concurrency: number,
): Predictor {
  return {
    labels,
    concurrency,
    predict: () =>
      Promise.resolve({
        probabilities: Float32Array.from(probabilities),
        inference: 2,
      }),
  };
}

function open(network = narrow): Promise<Classifier> {
  return load(network, { variant: 75, backend: "wasm" });
}
