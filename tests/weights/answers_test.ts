import assert from "node:assert/strict";
import { ArgumentError, CorruptWeightsError, load } from "../../mod.ts";
import { convert } from "../../src/convert/mod.ts";
import { decodeImage } from "../../src/image/mod.ts";
import {
  fileStore,
  loadNetwork,
  TORCHVISION_PREPROCESSING,
} from "../../src/weights/mod.ts";
import { modelMetadata } from "../../src/model/mod.ts";
import { POOL_RULES } from "../../src/model/model_metadata.ts";
import { nameClasses, withAnswers } from "../../src/weights/answers.ts";
import { temporaryFolder } from "./store/temporary_folder.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { randomF32Network } from "../random_network.ts";

const MODELS = new URL("../data/models/", import.meta.url);

async function readModel(name: string): Promise<ArrayBuffer> {
  const file = await Deno.open(new URL(`${name}.gz`, MODELS));
  const bytes = file.readable.pipeThrough(new DecompressionStream("gzip"));
  return await new Response(bytes).arrayBuffer();
}

Deno.test("loadNetwork() takes PyTorch's head of one output with a sigmoid as one label, or as two classes", async () => {
  const { cases } = JSON.parse(
    await Deno.readTextFile(new URL("expected.json", MODELS)),
  );
  const { outputs } = cases.find((it: { file: string }) =>
    it.file === "torch/bce_1.safetensors"
  );
  const bytes = await readModel("torch/bce_1.safetensors");
  const options = {
    activation: "sigmoid",
    // The inputs already have the network's size.
    preprocessing: { ...TORCHVISION_PREPROCESSING, crop: { kind: "squash" } },
    precision: "f32",
    backend: "wasm",
  } as const;
  using one = await load(bytes, options);
  using two = await load(bytes, { ...options, labels: ["cat", "dog"] });
  assert.deepEqual(one.labels, ["class 0"]);
  assert.deepEqual(one.metadata.activation, {
    value: "sigmoid",
    from: "option",
  });
  assert.deepEqual(two.labels, ["cat", "dog"]);
  assert.equal(two.metadata.activation.value, "softmax");
  for (const name of ["a_299.png", "b_299.png"]) {
    const file = await Deno.readFile(new URL(`inputs/${name}`, MODELS));
    const image = await decodeImage(file);
    const { logits: [logit], sigmoid: [expected] } = outputs[name];
    const [sigmoid] = await one.probabilities(image);
    assert.ok(Math.abs(sigmoid! - expected) < 1e-4, `${sigmoid}, ${expected}`);
    const [found] = await one.logits(image);
    assert.ok(Math.abs(found! - logit) < 1e-3, `${found}, ${logit}`);
    const [first, second] = await two.probabilities(image);
    assert.ok(Math.abs(second! - sigmoid!) < 1e-6);
    assert.ok(Math.abs(first! + second! - 1) < 1e-6);
    assert.deepEqual([...await two.logits(image)], [0, found]);
  }
});

Deno.test("loadNetwork() takes the names of two classes from a file beside a sigmoid of one output", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/model.safetensors`;
    const bytes = await readModel("torch/bce_1.safetensors");
    await Deno.writeFile(path, new Uint8Array(bytes));
    await Deno.writeTextFile(`${folder}/classes.json`, '{"cat":0,"dog":1}');
    const network = await loadNetwork(path, { activation: "sigmoid" });
    assert.deepEqual(network.labels, ["cat", "dog"]);
    assert.equal(network.architecture.classes, 2);
    await assert.rejects(loadNetwork(path), {
      name: "ArgumentError",
      message: /is always 100%\. .* --activation sigmoid/,
    });
    await Deno.writeTextFile(`${folder}/classes.json`, '{"dog":0}');
    const named = await loadNetwork(path, { activation: "sigmoid" });
    assert.deepEqual(named.labels, ["dog"]);
    assert.equal(named.architecture.classes, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadNetwork() takes the activation and the pooling that its options say", async () => {
  const bytes = await readModel("torch/f16.safetensors");
  const network = await loadNetwork(bytes, {
    activation: "none",
    pooling: "max",
  });
  const { activation, pooling } = modelMetadata(network);
  assert.deepEqual(activation, { value: "none", from: "option" });
  assert.deepEqual(pooling, { value: "max", from: "option" });
  const own = modelMetadata(await loadNetwork(bytes));
  assert.deepEqual(own.activation, { value: "softmax", from: "assumed" });
  assert.deepEqual(own.pooling, { value: "mean", from: "assumed" });
});

Deno.test("loadNetwork() takes the pools that its options say, whatever the file's are", async () => {
  const bytes = await readModel("torch/f16.safetensors");
  for (const pools of POOL_RULES) {
    const network = await loadNetwork(bytes, { pools });
    assert.deepEqual(modelMetadata(network).pools, {
      value: pools,
      from: "option",
    });
    const { architecture } = withAnswers(network.architecture, {
      pools: "padding-counted",
    });
    const { pools: again } = modelMetadata({ ...network, architecture });
    assert.equal(again.value, "padding-counted");
  }
  await assert.rejects(loadNetwork(bytes, { pools: "torch" as "fid" }), {
    name: "ArgumentError",
    message: /load a model as pools must be one of "padding-counted", /,
  });
});

Deno.test("nameClasses() puts a unit of zeros before a sigmoid's, in the auxiliary classifier too", () => {
  const network = randomF32Network({
    classes: 1,
    activation: "sigmoid",
    auxiliary: true,
  }, "full");
  const two = nameClasses(network, ["a", "b"]);
  for (const name of ["Logits", "AuxLogits/fc"]) {
    const { kernel, bias } = network.weights(name);
    const both = two.weights(name);
    assert.deepEqual([...both.bias], [0, bias[0]]);
    assert.deepEqual([...both.kernel], [...kernel].flatMap((it) => [0, it]));
  }
  const conv = "Mixed_7c/branch1x1";
  assert.equal(two.weights(conv), network.weights(conv));
});

Deno.test("nameClasses() refuses one class of softmax, whose probability is always 1", () => {
  const one = randomF32Network({ classes: 1 });
  for (const names of [undefined, ["porn"], ["sfw", "porn"]]) {
    assert.throws(() => nameClasses(one, names, "its file"), {
      name: "ArgumentError",
      message:
        /^Cannot use a classifier of one output as softmax of a single output is always 100%\. .* --activation sigmoid, or \{ activation: "sigmoid" \}\. With two labels, the second gets /,
    });
  }
});

Deno.test("a kept model of one output stays kept until it is told to be a sigmoid", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path);
  const bytes = await readModel("torch/bce_1.safetensors");
  let downloads = 0;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => {
      if (!url.endsWith("/one.safetensors")) {
        return new Response("no", { status: 404 });
      }
      downloads++;
      return new Response(bytes);
    },
  );
  const address = `http://127.0.0.1:${server.addr.port}/one.safetensors`;
  for (let i = 0; i < 2; i++) {
    await assert.rejects(loadNetwork(address, { store }), {
      name: "ArgumentError",
      message: /--activation sigmoid/,
    });
  }
  const { architecture } = await loadNetwork(address, {
    store,
    activation: "sigmoid",
  });
  assert.equal(architecture.classes, 1);
  assert.equal(downloads, 1);
});

Deno.test("nameClasses() refuses other numbers of names", () => {
  const sigmoid = randomF32Network({ classes: 1, activation: "sigmoid" });
  for (const names of [[], ["a", "b", "c"]]) {
    assert.throws(() => nameClasses(sigmoid, names), ArgumentError);
    assert.throws(() => nameClasses(sigmoid, names, "its file"), {
      name: CorruptWeightsError.name,
      message: /1 class with \d names/,
    });
  }
  // Only with a sigmoid do two names mean two classes.
  const logits = randomF32Network({ classes: 1, activation: "none" });
  assert.throws(() => nameClasses(logits, ["a", "b"]), ArgumentError);
});

Deno.test("withAnswers() refuses what the weights can't give", () => {
  assert.throws(() => withAnswers({ classes: 0 }, { activation: "sigmoid" }), {
    name: "ArgumentError",
    message: /activation sigmoid as it has no classes/,
  });
  assert.throws(() => withAnswers({ classes: 1 }, { activation: "softmax" }), {
    name: "ArgumentError",
    message: /softmax as softmax of its single output is always 100%$/,
  });
  assert.throws(
    () => withAnswers({ pooling: "flatten" }, { pooling: "max" }),
    { name: "ArgumentError", message: /it flattens them/ },
  );
});

Deno.test("load() takes another activation of a Totem file, and no other pooling", async () => {
  const network = await narrowNetwork();
  await using written = await fileOf(network);
  const file = written.path;
  const image = { data: new Uint8Array(4).fill(99), width: 1, height: 1 };
  using own = await load(file);
  const logits = await own.logits(image);
  using none = await load(file, { activation: "none", pooling: "mean" });
  assert.deepEqual(none.metadata.activation, { value: "none", from: "option" });
  assert.deepEqual(none.graph.outputs.probabilities, undefined);
  assert.deepEqual(await none.logits(image), logits);
  await assert.rejects(load(file, { pooling: "max" }), {
    name: "ArgumentError",
    message:
      /with the pooling max as its weights are for mean: convert the original model again/,
  });
  const { pools } = own.metadata;
  assert.equal(pools.value, "padding-left-out");
  using _same = await load(file, { pools: "padding-left-out" });
  await assert.rejects(load(file, { pools: "fid" }), {
    name: "ArgumentError",
    message:
      /with the pools fid as its weights are for padding-left-out: convert the original model again/,
  });
  for (const name of ["activation", "pooling"]) {
    await assert.rejects(load(file, { [name]: "flatten" }), {
      name: "ArgumentError",
      message: new RegExp(`load a model as ${name} must be one of`),
    });
  }
});

Deno.test("load() refuses names of two classes for an int8 model of one output", async () => {
  const network = randomF32Network({ classes: 1, activation: "sigmoid" });
  const { network: int8 } = await convert(network, null);
  await using file = await fileOf(int8);
  await assert.rejects(loadNetwork(file.path, { labels: ["a", "b"] }), {
    name: "ArgumentError",
    message:
      /as it has one output: convert the original model again with both names/,
  });
  await using folder = await temporaryFolder();
  await Deno.copyFile(file.path, `${folder.path}/one.safetensors`);
  await Deno.writeTextFile(
    `${folder.path}/classes.json`,
    '{ "cat": 0, "dog": 1 }',
  );
  await assert.rejects(loadNetwork(`${folder.path}/one.safetensors`), {
    name: "ArgumentError",
    message:
      /as it has one output: convert the original model again with both names/,
  });
  const { network: both } = await convert(
    nameClasses(network, ["a", "b"]),
    null,
  );
  await using named = await fileOf(both);
  const { labels } = await loadNetwork(named.path);
  assert.deepEqual(labels, ["a", "b"]);
});
