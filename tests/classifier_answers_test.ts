/** The answers of models with softmax, with a sigmoid and without an activation. */
import assert from "node:assert/strict";
import { type Classifier, load, type Network } from "../mod.ts";
import type { AnswerActivation } from "../src/model/mod.ts";
import { importModel } from "./layers_model.ts";
import { noise } from "./random.ts";

const narrow: Network = await importModel();
const IMAGE = { data: noise(75), width: 75, height: 75 };

function open(activation: AnswerActivation): Promise<Classifier> {
  const network = {
    ...narrow,
    architecture: { ...narrow.architecture, activation },
  };
  return load(network, { variant: 75, precision: "f32", backend: "wasm" });
}

Deno.test("a sigmoid gives each class a probability of its own", async () => {
  using softmax = await open("softmax");
  using sigmoid = await open("sigmoid");
  const logits = await sigmoid.logits(IMAGE);
  assert.equal(logits.length, 7);
  assert.deepEqual(await softmax.logits(IMAGE), logits);
  const probabilities = await sigmoid.probabilities(IMAGE);
  for (const [i, it] of logits.entries()) {
    assert.ok(Math.abs(probabilities[i]! - 1 / (1 + Math.exp(-it))) < 1e-6);
  }
});

Deno.test("classify() of a sigmoid gives all labels that reach the threshold, the likeliest first", async () => {
  using classifier = await open("sigmoid");
  const probabilities = await classifier.probabilities(IMAGE);
  const sorted = [...probabilities].sort((a, b) => b - a);
  const likely = sorted.filter((it) => it >= 0.5);
  assert.ok(likely.length > 0 && likely.length < 7);
  const found = async (options?: Parameters<Classifier["classify"]>[1]) => {
    const classes = await classifier.classify(IMAGE, options);
    for (const { index, label, probability } of classes) {
      assert.equal(label, narrow.labels[index]);
      assert.equal(probability, probabilities[index]);
    }
    return classes.map(({ probability }) => probability);
  };
  assert.deepEqual(await found(), likely);
  assert.deepEqual(await found({ threshold: 0 }), sorted);
  assert.deepEqual(await found({ threshold: 0, top: 2 }), sorted.slice(0, 2));
  assert.deepEqual(await found({ top: 1 }), likely.slice(0, 1));
  assert.deepEqual(await found({ threshold: sorted[2]! }), sorted.slice(0, 3));
  assert.deepEqual(await found({ threshold: 1 }), []);
  const [all] = await Array.fromAsync(classifier.classifyAll([IMAGE]));
  assert.deepEqual(all!.classes, await classifier.classify(IMAGE));
});

Deno.test("classify() of softmax leaves out classes below a threshold that is given", async () => {
  using classifier = await open("softmax");
  const all = await classifier.classify(IMAGE, { top: Infinity });
  assert.equal((await classifier.classify(IMAGE)).length, 5);
  const threshold = all[1]!.probability;
  assert.deepEqual(
    await classifier.classify(IMAGE, { threshold }),
    all.slice(0, 2),
  );
});

Deno.test("classify() refuses a threshold that isn't a probability", async () => {
  using classifier = await open("sigmoid");
  for (const threshold of [-0.1, 50, NaN, "0.5"]) {
    await assert.rejects(
      classifier.classify(IMAGE, { threshold: threshold as number }),
      {
        name: "ArgumentError",
        message: /^Cannot classify as threshold must be a number in 0\.\.1: /,
      },
    );
  }
});

Deno.test("a model that gives logits has no probabilities, and says so", async () => {
  using classifier = await open("none");
  using softmax = await open("softmax");
  assert.deepEqual(
    await classifier.logits(IMAGE),
    await softmax.logits(IMAGE),
  );
  const refusal = {
    name: "ArgumentError",
    message:
      /^Cannot classify as the model gives logits, .*: logits\(\) works, .*--activation softmax or sigmoid, or \{ activation \}/,
  };
  await assert.rejects(classifier.classify(IMAGE), refusal);
  await assert.rejects(classifier.probabilities(IMAGE), refusal);
  await assert.rejects(classifier.classifyAll([IMAGE]).next(), refusal);
  assert.equal((await classifier.features(IMAGE)).length, 128);
});

Deno.test("logits() refuses a model without classes", async () => {
  const network = await importModel({
    architecture: { widthMultiplier: 1 / 16, classes: 0 },
  });
  using classifier = await load(network, { variant: 75, backend: "wasm" });
  await assert.rejects(classifier.logits(IMAGE), {
    name: "ArgumentError",
    message: /the model has no classes: features\(\) works/,
  });
});
