import assert from "node:assert/strict";
import {
  AbortedError,
  type Classifier,
  decodeImage,
  type Explanation,
  load,
  type Network,
} from "../../mod.ts";
import { inceptionV3, inferShapes } from "../../src/model/mod.ts";
import {
  calibrateByBatchNorm,
  quantizeNetwork,
} from "../../src/weights/mod.ts";
import { cosine } from "../cosine.ts";
import { importModel, NARROW } from "../layers_model.ts";
import { randomF32Network } from "../random_network.ts";

const PHOTO = await photo("../../examples/photos/drum.jpg");
const linear = await importModel();
const deep = await importModel({
  architecture: { ...NARROW, hiddenUnits: [9, 8] },
});
const METHODS = ["cam", "occlusion"] as const;

Deno.test("explain() maps the class that classify() names first, or the one that is asked for", async () => {
  for (const network of [linear, deep]) {
    using classifier = await open(network);
    const classes = await classifier.classify(PHOTO, { top: Infinity });
    for (const method of METHODS) {
      const best = await classifier.explain(PHOTO, { method });
      assert.equal(best.method, method);
      assert.equal(best.label, classes[0]!.label);
      const { label, index, probability } = classes[3]!;
      for (const asked of [label, index]) {
        const it = await classifier.explain(PHOTO, { method, class: asked });
        assert.deepEqual([it.label, it.index], [label, index]);
        assert.ok(Math.abs(it.probability! - probability) < 1e-5);
      }
    }
  }
});

Deno.test("the mean of a linear classifier's map and the class's bias are its logit", async () => {
  using classifier = await open(linear, 171);
  const { bias } = linear.weights("Logits");
  const logits = await eachClass(
    classifier,
    (it) => mean(it) + bias[it.index]!,
  );
  const powers = logits.map((it) => Math.exp(it));
  const sum = powers.reduce((a, b) => a + b);
  for (const [i, found] of (await classifier.probabilities(PHOTO)).entries()) {
    assert.ok(Math.abs(found - powers[i]! / sum) < 1e-4);
  }
});

Deno.test("the maps of int8 and of f32 are alike", async () => {
  for (const network of [linear, deep]) {
    const calibration = calibrateByBatchNorm(
      network,
      inceptionV3(network.architecture),
    );
    const int8 = quantizeNetwork(network, calibration, {
      source: "noise",
      license: "CC0-1.0",
    });
    const variant = "low79";
    using quantized = await load(int8, { variant, activationBits: 8 });
    using exact = await load(network, { variant, backend: "wasm" });
    assert.equal(quantized.backend.precision, "int8");
    assert.equal(exact.backend.precision, "f32");
    const [one, other] = await Promise.all(
      [quantized, exact].map((it) => it.explain(PHOTO, { class: 2 })),
    );
    assert.equal(one!.values.length, 8 * 8);
    const likeness = cosine(one!.values, other!.values);
    assert.ok(likeness > 0.98, `${likeness}`);
  }
});

Deno.test("explain() maps a label of a sigmoid, and its own probability", async () => {
  const activation = "sigmoid" as const;
  using classifier = await open({
    ...linear,
    architecture: { ...linear.architecture, activation },
  });
  const probabilities = await classifier.probabilities(PHOTO);
  for (const method of METHODS) {
    const best = await classifier.explain(PHOTO, { method });
    const most = Math.max(...probabilities);
    assert.equal(best.index, probabilities.indexOf(most));
    assert.ok(Math.abs(best.probability! - most) < 1e-5);
    const other = await classifier.explain(PHOTO, { method, class: 3 });
    assert.ok(Math.abs(other.probability! - probabilities[3]!) < 1e-5);
  }
});

Deno.test("explain() of a model that gives logits needs a class", async () => {
  const activation = "none" as const;
  using classifier = await open({
    ...linear,
    architecture: { ...linear.architecture, activation },
  });
  using softmax = await open(linear);
  for (const method of METHODS) {
    await assert.rejects(classifier.explain(PHOTO, { method }), {
      name: "ArgumentError",
      message:
        /gives logits, .*: name a class \(--class NAME, or \{ class \}\)$/,
    });
    const found = await classifier.explain(PHOTO, { method, class: 3 });
    assert.equal(found.probability, null);
    assert.equal(found.label, "class 3");
    if (method === "occlusion") continue;
    const { values } = await softmax.explain(PHOTO, { method, class: 3 });
    assert.deepEqual(found.values, values);
  }
});

Deno.test("the mean of a map and the class's bias are the logit, whatever the pooling", async () => {
  for (const pooling of ["max", "flatten"] as const) {
    const network = randomF32Network({ pooling }, 107);
    using classifier = await open(network);
    const { bias } = network.weights("Logits");
    const logits = await classifier.logits(PHOTO);
    const found = await eachClass(
      classifier,
      (it) => mean(it) + bias[it.index]!,
    );
    for (const [i, logit] of logits.entries()) {
      assert.ok(Math.abs(found[i]! - logit) < 1e-3, `${pooling}: ${i}`);
    }
  }
});

Deno.test("explain() maps the grid of a network that ends at an earlier block", async () => {
  using classifier = await open(
    randomF32Network({ lastBlock: "Mixed_5c" }, 107),
  );
  const { rows, columns, values } = await classifier.explain(PHOTO);
  const cells = inferShapes(classifier.graph).get("Mixed_5c")!;
  assert.deepEqual([rows, columns], cells.slice(0, 2));
  assert.equal(values.length, rows * columns);
});

Deno.test("explain() takes bytes, a blob and pixels for the same image", async () => {
  using classifier = await open(linear);
  const pixels = await decodeImage(PHOTO);
  // Its size properties are on its prototype, like those of all page elements.
  const shown = new ImageData(
    Uint8ClampedArray.from(pixels.data),
    pixels.width,
  );
  const [bytes, blob, image, data] = await Promise.all(
    [PHOTO, new Blob([PHOTO]), pixels, shown].map((it) =>
      classifier.explain(it)
    ),
  );
  assert.deepEqual(blob, bytes);
  assert.deepEqual(data, image);
  assert.deepEqual(image!.crop, bytes!.crop);
  // A file may be decoded at the required scale.
  assert.ok(cosine(image!.values, bytes!.values) > 0.99);
});

Deno.test("explain() says where its cells lie in the upright photo", async () => {
  // 14 x 23 pixels when it is upright.
  const turned = await photo("../data/images/orientation_6.jpg");
  using classifier = await open(linear, "full");
  const squashed = await classifier.explain(turned, {
    crop: { kind: "squash" },
  });
  assert.deepEqual(squashed.crop, { left: 0, top: 0, width: 14, height: 23 });
  assert.equal(squashed.rows, 8);
  // Cells are 32 pixels apart in 299, and 8 of them are in the middle.
  const part = 256 / 299;
  close(squashed.mapBounds.width, 14 * part);
  close(squashed.mapBounds.height, 23 * part);
  close(squashed.mapBounds.left, 14 * (1 - part) / 2);
  close(squashed.mapBounds.top, 23 * (1 - part) / 2);

  const rule = { kind: "center", fraction: 0.5 } as const;
  const { crop, mapBounds } = await classifier.explain(turned, { crop: rule });
  assert.deepEqual(crop, { left: 4, top: 8, width: 7, height: 7 });
  close(mapBounds.left, 4 + 7 * (1 - part) / 2);
  close(mapBounds.width, mapBounds.height);

  // 20 x 32 pixels after resizing: the part starts at 4 and 10.
  const resized = await classifier.explain(turned, {
    crop: { kind: "resize", to: 20, size: 12 },
  });
  close(resized.crop.left, 4 * 14 / 20);
  close(resized.crop.width, 12 * 14 / 20);
  close(resized.crop.top, 10 * 23 / 32);
  close(resized.crop.height, 12 * 23 / 32);
  const margin = resized.crop.width * (1 - part) / 2;
  close(resized.mapBounds.left, resized.crop.left + margin);
  close(resized.mapBounds.width, resized.crop.width * part);
});

Deno.test("explain() refuses a class that the model hasn't, and a model without classes", async () => {
  using classifier = await open(linear);
  await assert.rejects(classifier.explain(PHOTO, { class: "dog" }), {
    name: "ArgumentError",
    message: /"dog" as the model has no such class/,
  });
  using headless = await open({
    ...linear,
    architecture: { ...linear.architecture, classes: 0 },
    labels: [],
  });
  await assert.rejects(headless.explain(PHOTO), {
    name: "ArgumentError",
    message: "Cannot explain as the model has no classes",
  });
});

Deno.test("explain() gives up during occlusion when its signal fires, and the model goes on", async () => {
  using classifier = await open(linear, "full");
  const controller = new AbortController();
  const running = classifier.explain(PHOTO, {
    method: "occlusion",
    signal: controller.signal,
  });
  setTimeout(() => controller.abort(), 60);
  await assert.rejects(running, AbortedError);
  assert.equal((await classifier.explain(PHOTO)).values.length, 64);
});

Deno.test("explain() tells the time of all runs, once", async () => {
  using classifier = await open(linear);
  let told = 0;
  await classifier.explain(PHOTO, {
    method: "occlusion",
    onTimings: ({ decode, resize, inference }) => {
      assert.ok(decode > 0 && resize > 0 && inference > 0);
      told++;
    },
  });
  assert.equal(told, 1);
});

Deno.test("explain() refuses to run after the model's disposal", async () => {
  const classifier = await open(linear);
  classifier[Symbol.dispose]();
  await assert.rejects(classifier.explain(PHOTO), { name: "DisposedError" });
});

function open(
  network: Network,
  variant: "full" | number = 107,
): Promise<Classifier> {
  return load(network, { variant, backend: "wasm" });
}

async function eachClass<T>(
  classifier: Classifier,
  use: (explanation: Explanation) => T,
): Promise<readonly T[]> {
  return await Promise.all(
    classifier.labels.map(async (_, index) =>
      use(await classifier.explain(PHOTO, { class: index }))
    ),
  );
}

function mean({ values }: Explanation): number {
  return values.reduce((a, b) => a + b) / values.length;
}

function close(found: number, expected: number): void {
  assert.ok(Math.abs(found - expected) < 1e-9, `${found} isn't ${expected}`);
}

async function photo(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return await Deno.readFile(new URL(path, import.meta.url));
}
