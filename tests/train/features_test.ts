import assert from "node:assert/strict";
import type { LabelledImage } from "../../src/labelled_image.ts";
import { collectFeatures, memoryTable } from "../../src/train/features.ts";
import { randomNumbers } from "../random.ts";
import { PHOTOS } from "../cli/totem.ts";

const PREPROCESSING = {
  crop: { kind: "center", fraction: 1 },
  resize: "antialiased",
  scale: [1, 1, 1],
  offset: [0, 0, 0],
} as const;
const OPTIONS = {
  classes: ["a", "b"],
  validationSplit: 0.2,
  augmentations: 3,
  preprocessing: PREPROCESSING,
};

/** A model whose only feature is the red of the first pixel. */
function model(concurrency = 1, log: string[] = []) {
  return {
    size: 4,
    concurrency,
    async features(image: unknown) {
      const { data } = image as { data: Uint8Array };
      log.push(`begin ${data[0]}`);
      await new Promise((resolve) => setTimeout(resolve));
      log.push(`end ${data[0]}`);
      return Float32Array.of(data[0]!);
    },
  };
}

Deno.test("collectFeatures() holds out every fifth photo of a class, and sees it once", async () => {
  const [learnt, heldOut] = [memoryTable(), memoryTable()];
  const labels = ["a", "a", "b", "a", "a", "a", "b", "a", "b", "b", "b"];
  await collectFeatures(model(), photos(labels), learnt, heldOut, {
    ...OPTIONS,
    random: randomNumbers(1),
  });
  // The fifth a is photo 5, the fifth b is photo 10.
  assert.deepEqual(heldOut.classes, [0, 1]);
  assert.deepEqual([...heldOut.read([0, 1])], [5, 10]);
  assert.equal(learnt.classes.length, 9 * 3);
  assert.deepEqual(learnt.classes.slice(0, 9), [0, 0, 0, 0, 0, 0, 1, 1, 1]);
});

Deno.test("collectFeatures() follows photos that say whether they are held out", async () => {
  const [learnt, heldOut] = [memoryTable(), memoryTable()];
  async function* marked(): AsyncGenerator<LabelledImage> {
    for await (const photo of photos(["a", "b", "a", "b"])) {
      yield { ...photo, heldOut: photo.label === "b" };
    }
  }
  const options = { ...OPTIONS, augmentations: 1, random: randomNumbers(1) };
  await collectFeatures(model(), marked(), learnt, heldOut, options);
  assert.deepEqual(learnt.classes, [0, 0]);
  assert.deepEqual(heldOut.classes, [1, 1]);
});

Deno.test("collectFeatures() runs as many at once as the model does, in order", async () => {
  const log: string[] = [];
  const learnt = memoryTable();
  const options = {
    ...OPTIONS,
    augmentations: 1,
    validationSplit: 0,
    random: randomNumbers(1),
  };
  await collectFeatures(
    model(2, log),
    photos(["a", "b", "a"]),
    learnt,
    memoryTable(),
    options,
  );
  assert.deepEqual(log.slice(0, 2), ["begin 0", "begin 1"]);
  assert.deepEqual([...learnt.read([0, 1, 2])], [0, 1, 2]);
});

Deno.test("collectFeatures() takes encoded images, and blobs of them", async () => {
  const bytes = await Deno.readFile(`${PHOTOS}/drum.jpg`);
  async function* encoded(): AsyncGenerator<LabelledImage> {
    yield await Promise.resolve({ image: bytes, label: "a" });
    yield { image: new Blob([bytes]), label: "b" };
  }
  const learnt = memoryTable();
  const options = { ...OPTIONS, augmentations: 1, random: randomNumbers(1) };
  await collectFeatures(model(), encoded(), learnt, memoryTable(), options);
  const [first, second] = learnt.read([0, 1]);
  assert.equal(first, second);
});

Deno.test("collectFeatures() takes arrays, and what reads photos, and refuses others", async () => {
  const learnt = memoryTable();
  const options = {
    ...OPTIONS,
    validationSplit: 0,
    augmentations: 1,
    random: randomNumbers(1),
  };
  const collect = (images: Iterable<LabelledImage>) =>
    collectFeatures(model(2), images, learnt, memoryTable(), options);
  const images = await Array.fromAsync(photos(["a", "b", "a"]));
  await collect(images);
  await collect(
    images.map(({ image, label }) => ({
      label,
      read: () => Promise.resolve(image),
    })),
  );
  assert.deepEqual([...learnt.read([0, 1, 2, 3, 4, 5])], [0, 1, 2, 0, 1, 2]);
  await collect(images.map(({ image }) => ({ label: 1, image })));
  assert.deepEqual(learnt.classes.slice(6), [1, 1, 1]);
  await assert.rejects(collect([{ ...images[0]!, label: ["a", "b"] }]), {
    code: "invalid-argument",
    message: /as it must have one class/,
  });
  for (const it of [null, { label: "a" }, "a.jpg"]) {
    await assert.rejects(collect([it as unknown as LabelledImage]), {
      code: "invalid-argument",
      message: /\{ label, image \}, or read\(\) for image/,
    });
  }
});

Deno.test("collectFeatures() stops at a foreign label, a broken image, or a signal", async () => {
  const controller = new AbortController();
  const run = (images: AsyncIterable<LabelledImage>) =>
    collectFeatures(model(3), images, memoryTable(), memoryTable(), {
      ...OPTIONS,
      random: randomNumbers(1),
      signal: controller.signal,
      onImage(done) {
        if (done === 3) controller.abort("enough");
      },
    });
  await assert.rejects(run(photos(["a", "c"])), {
    name: "ArgumentError",
    message: 'Cannot learn an image of "c": the classes are a, b',
  });
  async function* broken(): AsyncGenerator<LabelledImage> {
    yield await Promise.resolve({ image: new Uint8Array(9), label: "a" });
  }
  await assert.rejects(run(broken()), { code: "unsupported-image" });
  await assert.rejects(run(photos(["a", "a", "a", "a"])), {
    name: "AbortError",
    cause: "enough",
  });
});

Deno.test("collectFeatures() waits for what is under way when it fails", async () => {
  const log: string[] = [];
  await assert.rejects(
    collectFeatures(
      model(3, log),
      photos(["a", "b", "c"]),
      memoryTable(),
      memoryTable(),
      { ...OPTIONS, augmentations: 1, random: randomNumbers(1) },
    ),
    { name: "ArgumentError" },
  );
  assert.equal(log.filter((it) => it.startsWith("end")).length, 2);
});

/** Photos of a single colour: red is the photo's number. */
async function* photos(labels: readonly string[]) {
  for (const [i, label] of labels.entries()) {
    const data = new Uint8Array(6 * 5 * 4);
    for (let k = 0; k < data.length; k += 4) data.set([i, 0, 0, 255], k);
    yield await Promise.resolve({
      image: { data, width: 6, height: 5 },
      label,
    });
  }
}
