import assert from "node:assert/strict";
import { load, preprocess } from "../mod.ts";
import type { Preprocessing, Variant } from "../src/model/mod.ts";
import {
  KERAS_PREPROCESSING,
  loadNetwork,
  writeNetwork,
} from "../src/weights/mod.ts";
import { narrowNetwork } from "./backends/simd/narrow_file.ts";
import { unpackModel } from "./weights/real_files.ts";

const PHOTO = await Deno.readFile(
  new URL("../examples/photos/drum.jpg", import.meta.url),
);

Deno.test("an image's input can be made while the weights are on their way", async () => {
  const { stream } = writeNetwork(await narrowNetwork());
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const headerEnd = 8 +
    Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const made = Promise.withResolvers<Awaited<ReturnType<typeof preprocess>>>();
  const slow = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes.subarray(0, headerEnd)),
    async pull(controller) {
      await made.promise;
      controller.enqueue(bytes.subarray(headerEnd));
      controller.close();
    },
  }, { highWaterMark: 1 });
  using classifier = await load(new Response(slow), {
    variant: 75,
    onInput: (size, geometry) =>
      void preprocess(PHOTO, size, geometry).then(made.resolve, made.reject),
  });
  const input = await made.promise;
  assert.equal(input.width, 75);
  assert.deepEqual(
    await classifier.probabilities(input, { crop: { kind: "squash" } }),
    await classifier.probabilities(PHOTO),
  );
});

Deno.test("onInput is told once of a network that is in memory", async () => {
  const network = await narrowNetwork();
  const told: unknown[] = [];
  using _ = await load(network, {
    variant: 79,
    onInput: (...all) => told.push(all),
  });
  assert.deepEqual(told, [[79, network.preprocessing]]);
});

Deno.test("load() refuses labels and preprocessing for a Network, which has its own", async () => {
  const network = await narrowNetwork();
  for (
    const options of [
      { labels: [..."abcdefg"] },
      { preprocessing: KERAS_PREPROCESSING },
    ]
  ) {
    const [name] = Object.keys(options);
    await assert.rejects(load(network, options), {
      name: "ArgumentError",
      message:
        `Cannot load a Network with the option ${name} as it has its own: give { ...network, ${name} }`,
    });
    using classifier = await load({ ...network, ...options });
    assert.equal(classifier.labels[0], name === "labels" ? "a" : "class 0");
  }
});

Deno.test("load() refuses an activation and a pooling for a Network, which has its own", async () => {
  const network = await narrowNetwork();
  for (
    const options of [{ activation: "sigmoid" }, { pooling: "max" }] as const
  ) {
    const [name] = Object.keys(options);
    await assert.rejects(load(network, options), {
      name: "ArgumentError",
      message:
        `Cannot load a Network with the option ${name} as it has its own: give { ...network, architecture: { ...network.architecture, ${name} } }`,
    });
  }
});

Deno.test("load() takes the network's own variant, unless another is asked for", async () => {
  const network = { ...await narrowNetwork(), variant: "low79" } as const;
  const { stream } = writeNetwork(network);
  const file = new Uint8Array(await new Response(stream).arrayBuffer());
  for (const source of [network, () => new Response(file)]) {
    const open = (variant?: Variant) =>
      load(typeof source === "function" ? source() : source, { variant });
    using own = await open();
    using asked = await open("low79");
    using other = await open(79);
    assert.deepEqual(own.metadata.variant, { value: "low79", from: "model" });
    assert.deepEqual(asked.metadata.variant, {
      value: "low79",
      from: "option",
    });
    assert.deepEqual([own.size, other.size], [79, 79]);
    const answer = await own.probabilities(PHOTO);
    assert.deepEqual(await asked.probabilities(PHOTO), answer);
    assert.notDeepEqual(await other.probabilities(PHOTO), answer);
  }
});

Deno.test("load() gives an int8 file the crop and resize that are asked for, and refuses another scale", async () => {
  const network = await narrowNetwork();
  const { stream } = writeNetwork(network);
  const file = new Uint8Array(await new Response(stream).arrayBuffer());
  const open = (preprocessing: Partial<Preprocessing>) =>
    load(new Response(file), { preprocessing, variant: 75 });
  const asked = {
    ...KERAS_PREPROCESSING, // The scale of its weights.
    crop: { kind: "squash" },
    resize: "half-pixel",
  } as const;
  {
    using classifier = await open(asked);
    const { crop, resize, pixels } = classifier.metadata;
    assert.deepEqual(crop, { value: { kind: "squash" }, from: "option" });
    assert.deepEqual(resize, { value: "half-pixel", from: "option" });
    assert.equal(pixels.from, "assumed-earlier");
  }
  {
    // The pixel range of its weights, although it wasn't trained on it.
    using classifier = await open(network.preprocessing);
    assert.equal(classifier.metadata.pixels.from, "assumed-earlier");
    using own = await open({});
    assert.deepEqual(
      await classifier.probabilities(PHOTO),
      await own.probabilities(PHOTO),
    );
  }
  // A copy of the numbers counts as a request for another scale.
  const { scale, offset } = structuredClone(network.preprocessing);
  await assert.rejects(open({ scale, offset }), {
    name: "ArgumentError",
    message: /with pixels 0\.\.255 as its weights are for pixels -1\.\.1: /,
  });
  await assert.rejects(open({ ...asked, scale: [1 / 255, 1 / 255, 1 / 255] }), {
    name: "ArgumentError",
    message:
      /with pixels -1\.\.0 as its weights are for pixels -1\.\.1: convert the/,
  });
  const close = [1 / 127.4999, 1 / 127.4999, 1 / 127.4999] as const;
  await assert.rejects(open({ ...asked, scale: close }), {
    message: /with scale \[0\.0078.*\] and offset .* for scale \[0\.0078.*\]/,
  });
  using classifier = await open({ crop: asked.crop });
  const { crop, resize } = classifier.metadata;
  assert.deepEqual(crop, { value: { kind: "squash" }, from: "option" });
  assert.equal(resize.from, "assumed-earlier");
});

Deno.test("loadNetwork() refuses the scale of an int8 network for f32 weights", async () => {
  const { preprocessing } = await narrowNetwork();
  const file = unpackModel("torch/bce_1.safetensors");
  await assert.rejects(
    loadNetwork(file, { preprocessing, activation: "sigmoid" }),
    {
      name: "ArgumentError",
      message: /^Cannot load f32 weights with the scale of an int8 network/,
    },
  );
});

Deno.test("load() refuses a scale for an int8 file that doesn't say its own", async () => {
  const network = await narrowNetwork();
  const { stream } = writeNetwork({ ...network, folded: undefined });
  const file = await new Response(stream).arrayBuffer();
  for (
    const [{ scale, offset }, range] of [
      [KERAS_PREPROCESSING, "-1..1"],
      [structuredClone(network.preprocessing), "0..255"],
    ] as const
  ) {
    const preprocessing = { scale, offset };
    await assert.rejects(load(new Response(file), { preprocessing }), {
      name: "ArgumentError",
      message:
        `Cannot load the int8 model with pixels ${range} as its weights are for those that they were converted with: convert the original model again`,
    });
  }
});

Deno.test("load() opens a network that says no size at 299 pixels, and says so", async () => {
  using classifier = await load(await narrowNetwork());
  assert.equal(classifier.size, 299);
  assert.deepEqual(classifier.metadata.variant, {
    value: "full",
    from: "assumed",
  });
});
