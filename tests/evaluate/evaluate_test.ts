import assert from "node:assert/strict";
import { AbortedError, NotFiniteError, type Pixels } from "../../mod.ts";
import {
  evaluate,
  type EvaluatedImage,
  type FailedImage,
} from "../../src/evaluate/evaluate.ts";
import type { LabelledImage } from "../../src/labelled_image.ts";
import type { Predictor } from "../../src/evaluate/predictor.ts";

/** Predicts the class n for an image of width n; the narrowest takes the longest. */
function fakePredictor(concurrency: number) {
  const state = { underWay: 0, most: 0 };
  const predictor: Predictor = {
    labels: Array.from({ length: 8 }, (_, i) => `${i}`),
    concurrency,
    async predict(image) {
      const { width } = image as Pixels;
      state.most = Math.max(state.most, ++state.underWay);
      await new Promise((resolve) => setTimeout(resolve, 10 - width));
      state.underWay--;
      const probabilities = new Float32Array(8).fill(0.05);
      probabilities[width] = 0.65;
      return { probabilities, inference: width };
    },
  };
  return { predictor, state };
}

function image(width: number) {
  return {
    name: `image ${width}`,
    label: [width],
    read: () =>
      Promise.resolve<Pixels>({ data: new Uint8Array(), width, height: 1 }),
  };
}

const IMAGES = [1, 2, 3, 4, 5, 6, 7].map(image);

Deno.test("evaluate() gives the likeliest classes of each image, in order", async () => {
  for (const concurrency of [1, 3, 100]) {
    const { predictor, state } = fakePredictor(concurrency);
    const results = await Array.fromAsync(evaluate(predictor, IMAGES));
    assert.deepEqual(
      results.map(({ name }) => name),
      IMAGES.map(({ name }) => name),
    );
    for (const [i, result] of (results as EvaluatedImage[]).entries()) {
      assert.deepEqual(result.classes, [i + 1]);
      assert.equal(result.inference, i + 1);
      assert.equal(result.top.length, 5);
      assert.equal(result.top[0]!.index, i + 1);
      assert.equal(result.top[1]!.index, 0);
    }
    assert.equal(state.most, Math.min(concurrency, IMAGES.length));
  }
});

Deno.test("evaluate() reads an image only when its turn comes", async () => {
  let read = 0;
  const images = IMAGES.map((it) => ({
    ...it,
    read: () => (read++, it.read()),
  }));
  const { predictor } = fakePredictor(2);
  const results = evaluate(predictor, images);
  await results.next();
  assert.equal(read, 2);
  await results.return(undefined);
  assert.equal(read, 2);
});

Deno.test("evaluate() takes images, or what reads them", async () => {
  const { predictor } = fakePredictor(2);
  const images: LabelledImage[] = await Promise.all(
    IMAGES.map(async ({ name, label, read }) => ({
      name,
      label,
      image: await read(),
    })),
  );
  const answersOf = async (images: readonly LabelledImage[]) =>
    await Array.fromAsync(evaluate(predictor, images));
  assert.deepEqual(await answersOf(images), await answersOf(IMAGES));
});

Deno.test("evaluate() takes images as they are found", async () => {
  async function* find() {
    for (const it of IMAGES) yield await Promise.resolve(it);
  }
  const { predictor } = fakePredictor(2);
  const results = await Array.fromAsync(evaluate(predictor, find()));
  assert.equal(results.length, IMAGES.length);
});

Deno.test("evaluate() goes on after an image that can't be read", async () => {
  const error = new Error("broken");
  const broken = { ...image(2), read: () => Promise.reject(error) };
  const images = [image(1), broken, image(3)];
  const { predictor } = fakePredictor(2);
  const results = await Array.fromAsync(evaluate(predictor, images));
  const failed = results[1] as FailedImage;
  assert.deepEqual(failed, { name: "image 2", error });
  assert.ok(!("error" in results[0]!) && !("error" in results[2]!));
});

Deno.test("evaluate() ends when its signal fires", async () => {
  const reason = new Error("the person went on");
  for (const after of [0, 3]) {
    const controller = new AbortController();
    if (after === 0) controller.abort(reason);
    const { signal } = controller;
    const { predictor } = fakePredictor(2);
    let seen = 0;
    await assert.rejects(
      async () => {
        for await (const _ of evaluate(predictor, IMAGES, { signal })) {
          if (++seen === after) controller.abort(reason);
        }
      },
      (error) => {
        assert.ok(error instanceof AbortedError);
        assert.equal(error.cause, reason);
        return true;
      },
    );
    assert.equal(seen, after);
  }
});

Deno.test("evaluate() of no images gives nothing", async () => {
  const { predictor } = fakePredictor(2);
  assert.deepEqual(await Array.fromAsync(evaluate(predictor, [])), []);
});

Deno.test("evaluate() gives an error for probabilities that aren't numbers", async () => {
  const { predictor } = fakePredictor(1);
  const nothing: Predictor = {
    ...predictor,
    predict: () =>
      Promise.resolve({
        probabilities: Float32Array.of(0.5, NaN),
        inference: 1,
      }),
  };
  const [result] = await Array.fromAsync(evaluate(nothing, IMAGES));
  assert.ok((result as FailedImage).error instanceof NotFiniteError);
});

Deno.test("evaluate() leaves no image running behind, however it ends", async () => {
  const cause = new Error("broken");
  const ends: Record<
    string,
    (results: ReturnType<typeof evaluate>) => unknown
  > = {
    abort: async (results) => {
      const next = results.next();
      controller.abort(cause);
      await assert.rejects(next, { code: "aborted", cause });
    },
    break: (results) => results.return(undefined),
    throw: (results) => assert.rejects(results.throw(cause), cause),
  };
  let controller = new AbortController();
  for (const [how, end] of Object.entries(ends)) {
    controller = new AbortController();
    const { predictor, state } = fakePredictor(4);
    const { signal } = controller;
    const results = evaluate(predictor, IMAGES.toReversed(), { signal });
    await results.next();
    assert.ok(state.underWay > 0, how);
    await end(results);
    assert.equal(state.underWay, 0, how);
  }
});

Deno.test("evaluate() gives the answers before an image that isn't one", async () => {
  const { predictor } = fakePredictor(4);
  const images = [...IMAGES.slice(0, 2), { name: "no" } as LabelledImage];
  const results = evaluate(predictor, images);
  for (const { name } of images.slice(0, 2)) {
    assert.equal((await results.next()).value!.name, name);
  }
  await assert.rejects(results.next(), { code: "invalid-argument" });
});

Deno.test("evaluate() takes classes by name or index, and names an image by its place", async () => {
  const { predictor } = fakePredictor(2);
  const labels = ["Ant", "bee", ..."cdefgh"];
  const images = ["ant", 1, ["bee", 0]].map((label) => ({
    label,
    read: image(1).read,
  }));
  const results = await Array.fromAsync(
    evaluate({ ...predictor, labels }, images),
  ) as EvaluatedImage[];
  assert.deepEqual(results.map((it) => it.classes), [[0], [1], [1, 0]]);
  assert.deepEqual(results.map((it) => it.name), ["0", "1", "2"]);
});

Deno.test("evaluate() gives all probabilities of a sigmoid, and takes images without a label", async () => {
  const { predictor } = fakePredictor(2);
  const images = [[], [1, 2]].map((label) => ({ label, read: image(1).read }));
  const results = await Array.fromAsync(
    evaluate({ ...predictor, activation: "sigmoid" }, images),
  ) as EvaluatedImage[];
  assert.deepEqual(results.map((it) => it.classes), [[], [1, 2]]);
  for (const { probabilities, top } of results) {
    assert.equal(probabilities!.length, 8);
    assert.deepEqual(top[0], { index: 1, probability: probabilities![1] });
  }
  const [softmax] = await Array.fromAsync(evaluate(predictor, IMAGES));
  assert.ok(!("probabilities" in softmax!));
});

Deno.test("evaluate() refuses classes that it can't tell", async () => {
  const { predictor } = fakePredictor(2);
  const labels = ["crane", "crane", ..."cdefgh"];
  const cases: [label: LabelledImage["label"], message: RegExp][] = [
    ["crane", /^Cannot tell which class "crane" is: 0 is "crane", 1 is/],
    ["dog", /^Cannot evaluate "a" as its label must be one .*: .*"dog"$/],
    [8, /^Cannot evaluate "a" as its class must be .* in 0\.\.7: .*8$/],
    [-1, /in 0\.\.7/],
    [[0, 0.5], /in 0\.\.7/],
    [[], /^Cannot evaluate "a" as it must have a class/],
  ];
  for (const [label, message] of cases) {
    const images = [{ name: "a", label, read: image(1).read }];
    await assert.rejects(
      Array.fromAsync(evaluate({ ...predictor, labels }, images)),
      { code: "invalid-argument", message },
    );
  }
});
