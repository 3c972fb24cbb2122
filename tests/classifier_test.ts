import assert from "node:assert/strict";
import {
  AbortedError,
  type Classifier,
  CorruptImageError,
  ImageTooLargeError,
  load,
  type LoadOptions,
  MemoryLimitError,
  type Network,
  NotFiniteError,
  type Timings,
  UnsupportedImageError,
} from "../mod.ts";
import { writeNetwork } from "../src/weights/mod.ts";
import { listBackends } from "../src/backends/mod.ts";
import { narrowNetwork } from "./backends/simd/narrow_file.ts";
import { importModel } from "./layers_model.ts";
import { noise } from "./random.ts";

const PHOTO = await Deno.readFile(
  new URL("../examples/photos/drum.jpg", import.meta.url),
);
const narrow: Network = await importModel();

Deno.test("classify() takes bytes, a blob and pixels for the same image", async () => {
  using classifier = await open();
  const data = noise(40).map((it, i) => i % 4 === 3 ? 255 : it);
  const image = { data, width: 40, height: 40 };
  assert.equal((await classifier.classify(image)).length, 5);
  assert.deepEqual(
    await classifier.classify(new Blob([PHOTO])),
    await classifier.classify(PHOTO),
  );
});

Deno.test("classes have their ids in answers, and are explained by them", async () => {
  const plain = await narrowNetwork();
  const classIds = plain.labels.map((_, i) => `n0000000${i}`);
  using classifier = await load({ ...plain, classIds }, { variant: 75 });
  assert.deepEqual(classifier.classIds, classIds);
  const [best] = await classifier.classify(PHOTO);
  assert.equal(best!.id, classIds[best!.index]);
  const explained = await classifier.explain(PHOTO, { class: "N00000002" });
  assert.deepEqual([explained.index, explained.id], [2, "n00000002"]);
  using without = await load(plain, { variant: 75 });
  assert.ok(!("id" in (await without.classify(PHOTO))[0]!));
});

Deno.test("a classifier tells what its weights are, and in what they are computed", async () => {
  const int8 = await narrowNetwork();
  const told = async (network: Network, options: LoadOptions) => {
    using classifier = await load(network, { variant: 75, ...options });
    const { precision, backend, activationBits } = classifier;
    return [precision, backend.precision, activationBits];
  };
  for (const activationBits of [7, 8] as const) {
    assert.deepEqual(
      await told(int8, { activationBits }),
      ["int8", "int8", activationBits],
    );
  }
  // "auto" resolves to the activation bits that the backend's probe reports.
  const [wasm] = listBackends();
  const availability = await wasm!.probe(false);
  assert.ok(availability.available);
  assert.ok([7, 8].includes(availability.activationBits!));
  assert.deepEqual(
    await told(int8, {}),
    ["int8", "int8", availability.activationBits],
  );
  const inF32 = { precision: "f32", backend: "wasm" } as const;
  assert.deepEqual(await told(int8, inF32), ["int8", "f32", null]);
  assert.deepEqual(await told(narrow, inF32), ["f32", "f32", null]);
});

Deno.test("classify() gives the likeliest classes first, as many as asked for", async () => {
  using classifier = await open();
  const all = await classifier.classify(PHOTO, { top: Infinity });
  assert.equal(all.length, 7);
  assert.deepEqual(
    all.map((it) => it.probability),
    all.map((it) => it.probability).sort((a, b) => b - a),
  );
  const sum = all.reduce((sum, it) => sum + it.probability, 0);
  assert.ok(Math.abs(sum - 1) < 1e-5);
  assert.deepEqual(
    await classifier.classify(PHOTO, { top: 2 }),
    all.slice(0, 2),
  );
  for (const top of [0, -1, NaN]) {
    await assert.rejects(classifier.classify(PHOTO, { top }), {
      name: "ArgumentError",
    });
  }
});

Deno.test("probabilities() gives one value a class, in the order of the labels", async () => {
  using classifier = await open();
  const probabilities = await classifier.probabilities(PHOTO);
  const classes = await classifier.classify(PHOTO, { top: Infinity });
  assert.equal(probabilities.length, classifier.labels.length);
  for (const { index, probability } of classes) {
    assert.equal(probabilities[index], probability);
  }
});

Deno.test("a crop that is given is used instead of the model's", async () => {
  using classifier = await open();
  const size = 150;
  const image = { data: noise(size), width: size, height: size };
  const middle = new Uint8Array(75 * 75 * 4);
  for (let row = 0; row < 75; row++) {
    const from = ((row + 38) * size + 38) * 4;
    middle.set(image.data.subarray(from, from + 75 * 4), row * 75 * 4);
  }
  const crop = { kind: "center", fraction: 0.5 } as const;
  assert.deepEqual(
    await classifier.features(image, { crop }),
    await classifier.features(
      { data: middle, width: 75, height: 75 },
      { crop: { kind: "squash" } },
    ),
  );
});

Deno.test("features() gives as many values as featureCount", async () => {
  using classifier = await open();
  const features = await classifier.features(PHOTO);
  assert.equal(features.length, classifier.featureCount);
  assert.ok(features.every((it) => it >= 0));
});

Deno.test("load() reads a response into the memory where it is run", async () => {
  const { stream, byteLength } = writeNetwork(await narrowNetwork());
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const headers = { "content-length": `${byteLength}` };
  const options = { variant: 75, precision: "int8" } as const;
  using classifier = await load(new Response(bytes, { headers }), options);
  assert.equal((await classifier.classify(PHOTO)).length, 5);

  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytes),
    cancel: () => void (cancelled = true),
  });
  await assert.rejects(
    load(new Response(endless), { ...options, memoryLimit: 1000 }),
    MemoryLimitError,
  );
  assert.ok(cancelled);
});

Deno.test("a model without classes gives the same features, and can't classify", async () => {
  const headless: Network = {
    ...narrow,
    architecture: { ...narrow.architecture, classes: 0 },
    labels: [],
  };
  using classifier = await load(headless, { variant: 75, backend: "wasm" });
  await assert.rejects(classifier.classify(PHOTO), {
    name: "ArgumentError",
    message: "Cannot classify as the model has no classes: features() works",
  });
  using whole = await open();
  assert.deepEqual(
    await classifier.features(PHOTO),
    await whole.features(PHOTO),
  );
});

Deno.test("classify() gives typed errors for bad images, and goes on", async () => {
  using classifier = await open();
  const cases = [
    [new Uint8Array(), UnsupportedImageError],
    [new TextEncoder().encode("<svg/>"), UnsupportedImageError],
    [PHOTO.subarray(0, PHOTO.length / 2), CorruptImageError],
  ] as const;
  for (const [bytes, error] of cases) {
    await assert.rejects(classifier.classify(bytes), error);
  }
  await assert.rejects(
    classifier.classify(PHOTO, { maxPixels: 1000 }),
    ImageTooLargeError,
  );
  assert.equal((await classifier.classify(PHOTO)).length, 5);
});

Deno.test("classify() gives up when its signal fires", async () => {
  using classifier = await open();
  const controller = new AbortController();
  const running = classifier.classify(PHOTO, { signal: controller.signal });
  controller.abort(new Error("the person went on"));
  await assert.rejects(running, (error) => {
    assert.ok(error instanceof AbortedError);
    assert.equal(error.name, "AbortError");
    assert.equal((error.cause as Error).message, "the person went on");
    return true;
  });
});

Deno.test("onTimings is told what each stage took, once the image is done", async () => {
  using classifier = await open();
  const told: Timings[] = [];
  const begin = performance.now();
  await classifier.classify(PHOTO, { onTimings: (it) => told.push(it) });
  const whole = performance.now() - begin;
  const [{ decode, resize, inference }] = told as [Timings];
  assert.equal(told.length, 1);
  assert.ok(decode > 0 && resize > 0 && inference > 0);
  assert.ok(decode + resize + inference <= whole);
  await assert.rejects(
    classifier.classify(PHOTO.subarray(0, 999), {
      onTimings: () => assert.fail("told of an image that failed"),
    }),
    CorruptImageError,
  );
});

Deno.test("classify() runs several images at the same time", async () => {
  using classifier = await open();
  const images = [1, 2, 3].map((seed) => ({
    data: noise(75, seed),
    width: 75,
    height: 75,
  }));
  const alone = [];
  for (const image of images) alone.push(await classifier.classify(image));
  assert.deepEqual(
    await Promise.all(images.map((it) => classifier.classify(it))),
    alone,
  );
});

Deno.test("load() refuses a memory limit that can't be kept, with numbers", async () => {
  await assert.rejects(
    load(narrow, { backend: "wasm", memoryLimit: 64 * 2 ** 20 }),
    (error) => {
      assert.ok(error instanceof MemoryLimitError);
      assert.match(error.message, /needs up to \d+ MiB, the limit is 64 MiB/);
      return true;
    },
  );
});

Deno.test("memory is what a limit must leave, to the byte", async () => {
  const network = await narrowNetwork();
  const options = { variant: 75, precision: "int8" } as const;
  using classifier = await load(network, options);
  const { memory } = classifier;
  using _ = await load(network, { ...options, memoryLimit: memory });
  await assert.rejects(
    load(network, { ...options, memoryLimit: memory - 1 }),
    MemoryLimitError,
  );
});

Deno.test("load() rejects a variant below 75 pixels", async () => {
  await assert.rejects(load(narrow, { variant: 74 }), {
    name: "ArgumentError",
  });
});

Deno.test("a classifier refuses to run after its disposal", async () => {
  const classifier = await open();
  classifier[Symbol.dispose]();
  classifier[Symbol.dispose]();
  await assert.rejects(classifier.classify(PHOTO), {
    name: "DisposedError",
    message: "Cannot run a model after its disposal",
  });
});

function open(): Promise<Classifier> {
  return load(narrow, { variant: 75, backend: "wasm" });
}

Deno.test("an answer that isn't numbers is an error", async () => {
  const damaged: Network = {
    ...narrow,
    weights(name) {
      const weights = narrow.weights(name);
      if (name === "Logits") weights.bias[1] = NaN;
      return weights;
    },
  };
  using classifier = await load(damaged, { variant: 75 });
  for (
    const asked of [
      () => classifier.classify(PHOTO),
      () => classifier.probabilities(PHOTO),
      () => classifier.explain(PHOTO),
      () => classifier.explain(PHOTO, { method: "occlusion" }),
    ]
  ) {
    await assert.rejects(
      asked(),
      (error) => error instanceof NotFiniteError && error.code === "not-finite",
    );
  }
  assert.equal((await classifier.features(PHOTO)).length, 128);
});
