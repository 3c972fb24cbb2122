import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  type ClassifiedImage,
  type Classifier,
  type ImageSource,
  ImageUnavailableError,
  load,
  type Network,
} from "../mod.ts";
import { narrowNetwork } from "./backends/simd/narrow_file.ts";
import { noise } from "./random.ts";

const PHOTO = fileURLToPath(import.meta.resolve("../examples/photos/drum.jpg"));
const network = await narrowNetwork();

/** Values that TypeScript rejects, but JavaScript can pass. */
// deno-lint-ignore no-explicit-any
type Anything = any;

Deno.test("classifyAll() and featuresAll() give for each image what it gives alone, in order", async () => {
  const images = [
    PHOTO,
    await Deno.readFile(PHOTO),
    ...Array.from({ length: 6 }, (_, i) => pixels(i)),
  ];
  for (const threading of ["latency", "throughput"] as const) {
    using classifier = await open({ threads: 2, threading });
    const sources = () => [images, new Set(images), lazily(images)];
    for (const source of sources()) {
      const results = await Array.fromAsync(
        classifier.classifyAll<ImageSource>(source, { top: 2 }),
      );
      assert.equal(results.length, images.length);
      for (const [i, { index, image, ...result }] of results.entries()) {
        assert.equal(index, i);
        assert.equal(image, images[i]);
        const classes = await classifier.classify(image, { top: 2 });
        assert.deepEqual(result, { classes });
      }
    }
    for (const source of sources()) {
      let i = 0;
      for await (
        const { index, image, ...result } of classifier.featuresAll(source)
      ) {
        assert.equal(index, i);
        assert.equal(image, images[i++]);
        const features = await classifier.features(image);
        assert.deepEqual(result, { features });
      }
      assert.equal(i, images.length);
    }
  }
});

Deno.test("classifyAll() gives the error of a broken image in its place, and goes on", async () => {
  using classifier = await open();
  const images = [PHOTO, "no such.jpg", new Uint8Array(9), 5, PHOTO, null];
  const results: ClassifiedImage[] = await Array.fromAsync(
    classifier.classifyAll(images as Anything),
  );
  assert.deepEqual(results.map(({ classes }) => classes?.length), [
    ...[5, undefined, undefined, undefined, 5, undefined],
  ]);
  assert.deepEqual(results.map(({ error }) => (error as Anything)?.code), [
    ...[undefined, "image-unavailable", "unsupported-image"],
    ...["invalid-argument", undefined, "invalid-argument"],
  ]);
  assert.deepEqual(results.map(({ image }) => image), images);
});

Deno.test("classifyAll() makes an Error of a thrown value that isn't one", async () => {
  using classifier = await open();
  for (const thrown of ["no film", undefined]) {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(thrown),
    });
    const [result] = await Array.fromAsync(classifier.classifyAll([stream]));
    assert.ok(result!.error instanceof ImageUnavailableError);
    assert.ok(result!.error.message.endsWith(`: ${thrown}`));
    assert.equal(result!.error.cause, thrown);
  }
});

Deno.test("classifyAll() reads no more images ahead than run at once", async () => {
  using classifier = await open({ threads: 2, threading: "throughput" });
  assert.equal(classifier.concurrency, 3);
  let read = 0;
  function* images() {
    for (let i = 0; i < 9; i++) {
      read++;
      yield pixels(i);
    }
  }
  for await (const { index } of classifier.classifyAll(images())) {
    assert.ok(read <= index + 3, `${read} images were read at ${index}`);
  }
  assert.equal(read, 9);
});

Deno.test("breaking out of classifyAll() leaves nothing behind", async () => {
  let isClosed = false;
  async function* images() {
    try {
      while (true) yield await Promise.resolve(PHOTO);
    } finally {
      isClosed = true;
    }
  }
  const classifier = await open({ threads: 2, threading: "throughput" });
  for await (const { classes } of classifier.classifyAll(images())) {
    assert.ok(classes);
    break;
  }
  assert.ok(isClosed);
  classifier.dispose();
});

Deno.test("the signal ends classifyAll(), also while a server is silent", async () => {
  using classifier = await open();
  const silent = new ReadableStream<Uint8Array>();
  const controller = new AbortController();
  const { signal } = controller;
  const results = classifier.classifyAll([PHOTO, silent], { signal });
  assert.ok((await results.next()).value!.classes);
  setTimeout(() => controller.abort("enough"), 20);
  await assert.rejects(results.next(), { code: "aborted", cause: "enough" });
  await assert.rejects(
    classifier.featuresAll([PHOTO], { signal }).next(),
    { code: "aborted", cause: "enough" },
  );
});

Deno.test("the disposal of the classifier ends classifyAll()", async () => {
  const classifier = await open();
  const results = classifier.classifyAll([PHOTO, PHOTO]);
  assert.ok((await results.next()).value!.classes);
  classifier.dispose();
  await assert.rejects(results.next(), { code: "disposed" });
});

Deno.test("an error of the images' source ends classifyAll() after those before", async () => {
  using classifier = await open();
  async function* images() {
    yield await Promise.resolve(PHOTO);
    throw new Error("the disk is gone");
  }
  const results = classifier.classifyAll(images());
  assert.ok((await results.next()).value!.classes);
  await assert.rejects(results.next(), { message: "the disk is gone" });
});

Deno.test("classifyAll() refuses options and images that it doesn't take, before any is read", async () => {
  using classifier = await open();
  const bytes = await Deno.readFile(PHOTO);
  const cases = [
    [PHOTO, {}, /images must be an array or another iterable.* ".*"$/],
    [bytes, {}, /images must be an array.* a Uint8Array$/],
    [new Blob(), {}, /images must be an array.* a Blob$/],
    [null, {}, /images must be an array.* null$/],
    [[PHOTO], { top: 0 }, /top must be a whole number/],
    [[PHOTO], { maxPixels: "9" }, /maxPixels must be/],
    [[PHOTO], { crop: "squash" }, /crop must be/],
    [[PHOTO], { onTimings: 5 }, /onTimings must be a function/],
    [[PHOTO], 5, /options must be an object/],
  ] as const;
  for (const [images, options, message] of cases) {
    const results = classifier.classifyAll(
      images as Anything,
      options as Anything,
    );
    await assert.rejects(results.next(), { code: "invalid-argument", message });
  }
  const headless: Network = {
    ...network,
    architecture: { ...network.architecture, classes: 0 },
    labels: [],
  };
  using other = await load(headless, { variant: 75, precision: "f32" });
  await assert.rejects(other.classifyAll([PHOTO]).next(), {
    message: /the model has no classes/,
  });
  const [result] = await Array.fromAsync(other.featuresAll([PHOTO]));
  assert.equal(result!.features!.length, other.featureCount);
});

Deno.test("dispose() is what Symbol.dispose names", async () => {
  const classifier = await open();
  classifier.dispose();
  classifier.dispose();
  classifier[Symbol.dispose]();
  await assert.rejects(classifier.classify(PHOTO), { code: "disposed" });
});

function open(options = {}): Promise<Classifier> {
  return load(network, { variant: 75, backend: "wasm", ...options });
}

function pixels(seed: number) {
  return { data: noise(40, seed), width: 40, height: 40 };
}

async function* lazily<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}
