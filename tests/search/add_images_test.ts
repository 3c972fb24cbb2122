import assert from "node:assert/strict";
import {
  addImages,
  describeModel,
  type FeatureModel,
  findSimilar,
  type NewImage,
  SearchIndex,
} from "../../src/search/mod.ts";
import { madeUpFeatures } from "./made_up_index.ts";

const GEOMETRY: FeatureModel["metadata"] = {
  crop: { value: { kind: "squash" }, from: "model" },
  resize: { value: "antialiased", from: "model" },
};

/** A model with made-up features: the image `[n]` has those of n. */
function fakeModel(seed = 1, { size = 75, width = 64 } = {}) {
  const features = madeUpFeatures(100, width, seed);
  let running = 0;
  const model = {
    size,
    concurrency: 3,
    metadata: GEOMETRY,
    most: 0,
    async features(image: unknown) {
      model.most = Math.max(model.most, ++running);
      await new Promise((resolve) => setTimeout(resolve));
      running--;
      return image instanceof Uint8Array ? features[image[0]!]! : features[99]!; // The pattern.
    },
  };
  return model satisfies FeatureModel;
}

function newImages(count: number): NewImage[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `${i}.jpg`,
    version: "1",
    read: () => Promise.resolve(Uint8Array.of(i)),
  }));
}

async function indexFor(model: FeatureModel) {
  return await SearchIndex.create({
    model: await describeModel(model, "fake"),
    root: ".",
  });
}

Deno.test("addImages() adds images in order, some at once", async () => {
  const model = fakeModel();
  const index = await indexFor(model);
  const added = await Array.fromAsync(addImages(index, model, newImages(10)));
  assert.deepEqual(added, newImages(10).map(({ name }) => ({ name })));
  assert.deepEqual(
    index.images.map(({ name }) => name),
    added.map(({ name }) => name),
  );
  assert.equal(model.most, 3);
  const [best] = await findSimilar(index, model, Uint8Array.of(4));
  assert.equal(best!.name, "4.jpg");
});

Deno.test("addImages() takes images, or what reads them", async () => {
  const model = fakeModel();
  const index = await indexFor(model);
  const images = [
    { name: "a.jpg", version: "1", image: Uint8Array.of(7) },
    { name: "b.jpg", version: "1", read: () => Uint8Array.of(8) },
  ];
  for await (const { error } of addImages(index, model, images)) {
    assert.equal(error, undefined);
  }
  for (const [i, { name }] of images.entries()) {
    const [best] = await findSimilar(index, model, Uint8Array.of(7 + i));
    assert.equal(best!.name, name);
  }
  const neither = [{ name: "c.jpg", version: "1" } as NewImage];
  await assert.rejects(addImages(index, model, neither).next(), {
    code: "invalid-argument",
    message: /\{ name, version, image \}, or read\(\) for image: .* an Object$/,
  });
});

Deno.test("addImages() names an image that can't be read and goes on", async () => {
  const model = fakeModel();
  const index = await indexFor(model);
  const images = newImages(4);
  const error = new Error("no");
  images[1] = { ...images[1]!, read: () => Promise.reject(error) };
  const added = await Array.fromAsync(addImages(index, model, images));
  assert.deepEqual(added[1], { name: "1.jpg", error });
  assert.equal(index.size, 3);
});

Deno.test("addImages() ends at its signal and keeps what was added", async () => {
  const model = fakeModel();
  const index = await indexFor(model);
  const { signal, abort } = control();
  await assert.rejects(async () => {
    for await (
      const { name } of addImages(index, model, newImages(50), { signal })
    ) {
      if (name === "7.jpg") abort();
    }
  }, { name: "AbortError" });
  assert.equal(index.size, 8);
  await assert.rejects(
    addImages(index, model, newImages(1), { signal }).next(),
    { name: "AbortError" },
  );
});

Deno.test("An index refuses a model that sees other things, in other sizes, parts or numbers", async () => {
  const index = await indexFor(fakeModel());
  const metadata = {
    ...GEOMETRY,
    crop: { value: { kind: "center", fraction: 0.5 }, from: "option" },
  } as const;
  const others: [FeatureModel, RegExp][] = [
    [fakeModel(2), /"fake" at 75 pixels: this model gives other features/],
    [fakeModel(1, { size: 151 }), /this one has 151 pixels/],
    [fakeModel(1, { width: 32 }), /this one has 32 features, the index 64/],
    [
      { ...fakeModel(), metadata },
      /its images enter as "squashed to a square, antialiased resize", those of this one as "central crop of 50%, antialiased resize"$/,
    ],
  ];
  for (const [model, message] of others) {
    const expected = { name: "ModelMismatchError", message };
    await assert.rejects(
      addImages(index, model, newImages(1)).next(),
      expected,
    );
    await assert.rejects(
      findSimilar(index, model, Uint8Array.of(1)),
      expected,
    );
  }
  assert.equal(index.size, 0);
  await findSimilar(index, fakeModel(), Uint8Array.of(1));
});

function control() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
