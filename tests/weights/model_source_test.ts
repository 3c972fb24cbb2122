import assert from "node:assert/strict";
import { load } from "../../mod.ts";
import { CorruptWeightsError, type TotemError } from "../../src/errors.ts";
import { load as loadInt8 } from "../../src/int8.ts";
import {
  loadNetwork,
  loadQuantized,
  type ModelSource,
  writeNetwork,
} from "../../src/weights/mod.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { readH5 } from "../keras_h5.ts";

const BYTES = await new Response(writeNetwork(await narrowNetwork()).stream)
  .bytes();

const padded = new Uint8Array(BYTES.length + 20);
padded.set(BYTES, 10);
const shared = new Uint8Array(new SharedArrayBuffer(BYTES.length));
shared.set(BYTES);

/** A model's file in all forms that a program can have. */
const SOURCES: Readonly<Record<string, () => ModelSource>> = {
  "a Uint8Array": () => BYTES,
  "a part of another's memory": () => padded.subarray(10, -10),
  "a DataView": () => new DataView(padded.buffer, 10, BYTES.length),
  "an ArrayBuffer": () => BYTES.slice().buffer,
  "a SharedArrayBuffer": () => shared.buffer,
  "a Blob": () => new Blob([BYTES]),
  "a File": () => new File([BYTES], "model.safetensors"),
  "a Response": () => new Response(BYTES),
};

for (const [name, make] of Object.entries(SOURCES)) {
  Deno.test(`load(), loadNetwork() and that of ./int8 take ${name}`, async () => {
    const pixels = { data: new Uint8Array(4), width: 1, height: 1 };
    const { labels } = await loadNetwork(make());
    const answers = [];
    for (const it of [load, loadInt8]) {
      const done: number[] = [];
      const classifier = await it(make(), {
        variant: 75,
        onProgress: (count) => done.push(count),
      });
      assert.equal(classifier.backend.precision, "int8");
      assert.deepEqual(classifier.labels, labels);
      assert.equal(done.at(-1), BYTES.length);
      answers.push(await classifier.features(pixels));
      classifier[Symbol.dispose]();
    }
    assert.deepEqual(answers[0], answers[1]);
  });
}

Deno.test("a model's bytes are read, not changed", async () => {
  const bytes = BYTES.slice();
  const network = await loadQuantized(bytes);
  const written = await new Response(writeNetwork(network).stream).bytes();
  assert.deepEqual(written, BYTES);
  assert.deepEqual(bytes, BYTES);
});

Deno.test("loadNetwork() takes a Keras file's bytes, blob and response", async () => {
  const bytes = readH5("keras2_model");
  const { labels, architecture } = await loadNetwork(bytes);
  for (
    const source of [new Blob([bytes]), bytes.buffer, new Response(bytes)]
  ) {
    const network = await loadNetwork(source);
    assert.deepEqual(network.labels, labels);
    assert.deepEqual(network.architecture, architecture);
  }
});

for (
  const [start, said] of [
    ["<!doctype html><html><body>Not found</body></html>", "a web page"],
    [
      '{"modelTopology": {}}',
      "a TFJS model (model.json), whose weights are in other files",
    ],
    ["\xff\xd8\xff\xe0 an image", "an image, not a model"],
    ["\x1f\x8b\x08 compressed", "compressed by gzip: unpack it"],
  ] as const
) {
  Deno.test(`loadNetwork() says of bytes and blobs that they are ${said}`, async () => {
    const bytes = Uint8Array.from(start, (it) => it.charCodeAt(0));
    for (const source of [bytes, new Blob([bytes])]) {
      await assert.rejects(loadNetwork(source), (error: TotemError) => {
        assert.ok(error instanceof CorruptWeightsError);
        assert.ok(error.message.includes(`it is ${said}`), error.message);
        return true;
      });
    }
  });
}

Deno.test("loadNetwork() refuses what is cut off, wherever it is", async () => {
  const cut = BYTES.subarray(0, BYTES.length / 2);
  for (const source of [cut, new Blob([cut]), new Response(cut)]) {
    await assert.rejects(loadNetwork(source), CorruptWeightsError);
  }
  await assert.rejects(loadNetwork(new Uint8Array()), CorruptWeightsError);
});

Deno.test("loadNetwork() says of a response that it is a web page", async () => {
  const page = new Response("<!doctype html><title>Log in</title>");
  await assert.rejects(loadNetwork(page), {
    name: "CorruptWeightsError",
    message:
      /^Cannot load the model: it is a web page, not a model: some servers/,
  });
});

Deno.test("loadNetwork() refuses a blob that no model is as large as", async () => {
  const blob = new Blob();
  Object.defineProperty(blob, "size", { value: 1e12 });
  await assert.rejects(loadNetwork(blob), {
    name: "CorruptWeightsError",
    message: /<= \d+ bytes: it has 1000000000000$/,
  });
});
