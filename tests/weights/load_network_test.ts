import assert from "node:assert/strict";
import { pickOptions } from "../../src/argument.ts";
import { IMPORT_OPTIONS } from "../../src/weights/load_options.ts";
import {
  AbortedError,
  CorruptWeightsError,
  UnknownModelError,
} from "../../src/errors.ts";
import {
  inceptionV3,
  isQuantized,
  isWeighted,
  type Network,
  type QuantizedNetwork,
} from "../../src/model/mod.ts";
import {
  calibrateByBatchNorm,
  fileStore,
  importKerasH5,
  importLayersModel,
  importTorchvision,
  KNOWN_MODELS,
  type KnownModel,
  type KnownModelOptions,
  loadNetwork,
  loadQuantized,
  quantizeNetwork,
  type Store,
  writeNetwork,
} from "../../src/weights/mod.ts";
import { findKnownModel } from "../../src/weights/known_models.ts";
import { storeKey } from "../../src/weights/known_quantized.ts";
import { readH5 } from "../keras_h5.ts";
import { makeLayersModel, NARROW, writeLayersModel } from "../layers_model.ts";
import { nsfwIsInstalled } from "../nsfw.ts";
import { makeStateDict, saveStateDict } from "../torchvision_model.ts";
import { readAll } from "./store/model_bytes.ts";
import { namesIn, temporaryFolder } from "./store/temporary_folder.ts";

Deno.test("loadNetwork() reads a model.json by its path, its folder and its address", async () => {
  await withModel(async (folder) => {
    const url = new URL(`file://${folder}/model.json`);
    for (const source of [`${folder}/model.json`, folder, `${folder}/`, url]) {
      const network = await loadNetwork(source);
      assert.equal(network.architecture.classes, NARROW.classes);
      assert.equal(network.labels[0], "class 0");
    }
  });
});

Deno.test("loadNetwork() takes labels from the classes.json beside the model", async () => {
  await withModel(async (folder) => {
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    for (const json of [names, names.map((it, i) => [`n${i}`, it])]) {
      await Deno.writeTextFile(`${folder}/classes.json`, JSON.stringify(json));
      const { labels, classIds } = await loadNetwork(folder);
      assert.deepEqual(labels, names);
      assert.deepEqual(
        classIds,
        json === names ? undefined : json.map((it) => it[0]),
      );
      // The caller's labels are for other classes.
      const asked = await loadNetwork(folder, { labels: names });
      assert.equal(asked.classIds, undefined);
    }
    await Deno.writeTextFile(`${folder}/classes.json`, "{");
    await assert.rejects(loadNetwork(folder), CorruptWeightsError);
  });
});

Deno.test("loadNetwork() downloads a model, telling its progress", async () => {
  const model = makeLayersModel({ encoding: "float16" });
  const files = new Map<string, BodyInit>([
    ["/m/model.json", JSON.stringify(model.modelJson)],
  ]);
  for (const [name, bytes] of model.shards) {
    files.set(`/m/${name}`, bytes as BodyInit);
  }
  await withServer(files, async (address) => {
    const progress: number[] = [];
    const network = await loadNetwork(`${address}/m/model.json`, {
      onProgress: (done, total) => progress.push(done / total),
    });
    assert.equal(network.weights("Logits").bias.length, NARROW.classes);
    assert.equal(progress.at(-1), 1);
  });
});

Deno.test("loadNetwork() names what it can't find and what it knows", async () => {
  await assert.rejects(
    loadNetwork("weather"),
    (error) => {
      assert.ok(error instanceof UnknownModelError);
      assert.match(
        error.message,
        /"weather".*: there is no such file\. .*\(nsfw, imagenet-keras, imagenet, /,
      );
      return true;
    },
  );
  // Property names of all objects aren't model names.
  await assert.rejects(loadNetwork("toString"), UnknownModelError);
});

Deno.test("loadNetwork() tells what the server answered", async () => {
  await withServer(new Map(), async (address) => {
    await assert.rejects(
      loadNetwork(address),
      (error) => {
        assert.ok(error instanceof UnknownModelError);
        assert.match(error.message, /the server answered 404/);
        return true;
      },
    );
  });
});

Deno.test("loadNetwork() tells that an address can't be reached", async () => {
  let address = "";
  await withServer(new Map(), (it) => Promise.resolve(void (address = it)));
  await assert.rejects(loadNetwork(address), (error) => {
    assert.ok(error instanceof UnknownModelError);
    // The system's message, which Node and Deno have only in the cause.
    assert.match(error.message, /: nothing answers there \(.*refused.*\)$/i);
    return true;
  });
});

Deno.test("loadNetwork() stops reading a shard that goes on", async () => {
  const model = makeLayersModel();
  let sent = 0;
  const endless = () =>
    new ReadableStream({
      pull(controller) {
        sent += 65536;
        controller.enqueue(new Uint8Array(65536));
      },
    });
  const files = new Map<string, BodyInit | (() => BodyInit)>([
    ["/model.json", JSON.stringify(model.modelJson)],
    ["/group1-shard1.bin", endless],
  ]);
  await withServer(files, async (address) => {
    await assert.rejects(loadNetwork(address), CorruptWeightsError);
  });
  assert.ok(sent < 50e6, `${sent} bytes were sent`);
});

Deno.test("loadNetwork() rejects files that aren't models", async () => {
  await withModel(async (folder) => {
    for (
      const text of ["", "[]", "null", "{}", '{"modelTopology":1}', "<html>"]
    ) {
      await Deno.writeTextFile(`${folder}/model.json`, text);
      await assert.rejects(loadNetwork(folder), CorruptWeightsError, text);
    }
    await Deno.writeTextFile(`${folder}/model.json`, "{}");
    await Deno.truncate(`${folder}/model.json`, 2 ** 21 + 1);
    await assert.rejects(loadNetwork(folder), /must have <= 2097152 bytes/);
  });
});

for (
  const [what, text, message] of [
    ["nests", "[".repeat(2 ** 20), /must nest <= 64 deep: it nests 1048576/],
    ["lists", `[${"{},".repeat(2 ** 19)}{}]`, /must have <= 131072 structural/],
    ["is empty", "", /as it is empty/],
  ] as const
) {
  Deno.test(`loadNetwork() rejects a model.json and a classes.json that ${what}`, async () => {
    await withModel(async (folder) => {
      for (const name of ["classes.json", "model.json"]) {
        await Deno.writeTextFile(`${folder}/${name}`, text);
        await assert.rejects(loadNetwork(folder), (error) => {
          assert.ok(error instanceof CorruptWeightsError);
          assert.match(error.message, message);
          assert.ok(error.message.includes(name));
          return true;
        });
        await Deno.remove(`${folder}/${name}`);
      }
    });
  });
}

Deno.test("loadNetwork() reads the names and ids of 21,841 classes", async () => {
  await withModel(async (folder) => {
    const classes = Array.from(
      { length: 21_841 },
      (_, i) => [`n${10_000_000 + i}`, `a class of some name, ${i}`],
    );
    await Deno.writeTextFile(
      `${folder}/classes.json`,
      JSON.stringify(classes),
    );
    // The labels are read, but are too many for this model.
    await assert.rejects(loadNetwork(folder), /7 classes with 21841 names/);
  });
});

Deno.test("loadNetwork() names a shard that is absent", async () => {
  await withModel(async (folder) => {
    await Deno.remove(`${folder}/group1-shard2.bin`);
    await assert.rejects(loadNetwork(folder), /group1-shard2\.bin/);
  });
});

Deno.test("loadNetwork() stops when its signal fires", async () => {
  const signal = AbortSignal.abort();
  await withModel(async (folder) => {
    await assert.rejects(loadNetwork(folder, { signal }), AbortedError);
  });
  await withServer(new Map(), async (address) => {
    await assert.rejects(loadNetwork(address, { signal }), AbortedError);
  });
  await assert.rejects(
    loadNetwork("nsfw", { signal, store: false }),
    AbortedError,
  );
});

Deno.test("loadNetwork() gives nsfw with its labels, head and preprocessing", async () => {
  using _ = nsfwIsInstalled();
  const { labels, architecture, preprocessing, weights } = await loadNetwork(
    "nsfw",
  );
  assert.deepEqual(labels, ["Drawing", "Hentai", "Neutral", "Porn", "Sexy"]);
  assert.deepEqual(architecture.hiddenUnits, [256, 128]);
  assert.deepEqual(preprocessing.offset, [0, 0, 0]);
  assert.equal(weights("Logits/hidden_1").kernel.length, 2048 * 256);
});

/** A model in a single file, and its network. */
interface ModelFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly network: Network;
  /** Whether it includes the names of its classes. */
  readonly labelled: boolean;
}

const PROVENANCE = { source: "random numbers", license: "CC0-1.0" };
const MODEL_FILES = [
  await totemFile("totem", ["a", "b", "c", "d", "e", "f", "g"]),
  await totemFile("nameless"),
  await torchvisionFile(),
  kerasFile(),
];

for (const { name, bytes, network, labelled } of MODEL_FILES) {
  const { labels } = network;
  const others = labels.map((it) => `other ${it}`);
  const files = new Map<string, BodyInit>([[`/m/${name}`, bytes]]);

  Deno.test(`loadNetwork() reads ${name} by its path and its address`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/${name}`;
    await Deno.writeFile(path, bytes);
    assertSameNetwork(await loadNetwork(path), network);
    assertSameNetwork(await loadNetwork(new URL(`file://${path}`)), network);
    await withServer(files, async (address) => {
      const found = await loadNetwork(`${address}/m/${name}?version=1`);
      assertSameNetwork(found, network);
    });
  });

  Deno.test(`loadNetwork() gives ${name} the names in classes.json, or the caller's`, async () => {
    const beside = JSON.stringify(others.map((it, i) => [`n${i}`, it]));
    const expected = labelled ? labels : others;
    const own = labels.map((it) => `my ${it}`);
    await using folder = await temporaryFolder();
    const path = `${folder.path}/${name}`;
    await Deno.writeFile(path, bytes);
    await Deno.writeTextFile(`${folder.path}/classes.json`, beside);
    assert.deepEqual((await loadNetwork(path)).labels, expected);
    assert.deepEqual((await loadNetwork(path, { labels: own })).labels, own);
    const served = new Map([...files, ["/m/classes.json", beside]]);
    await withServer(served, async (address) => {
      const url = `${address}/m/${name}`;
      // No further files are requested for a Totem file.
      const found = isQuantized(network) ? labels : expected;
      assert.deepEqual((await loadNetwork(url)).labels, found);
      assert.deepEqual((await loadNetwork(url, { labels: own })).labels, own);
    });
    // Wrong labels from the caller are an argument error; in a file beside the model,
    // corrupt weights.
    await assert.rejects(loadNetwork(path, { labels: ["one"] }), {
      name: "ArgumentError",
      message: /\d classes with 1 name$/,
    });
    await Deno.writeTextFile(`${folder.path}/classes.json`, '["one"]');
    if (labelled) return; // It has its own labels, so the other file isn't read.
    await assert.rejects(loadNetwork(path), {
      name: "CorruptWeightsError",
      message:
        /\d classes with 1 name from \/.*\/classes\.json: give others by --labels FILE, /,
    });
  });

  Deno.test(`loadNetwork() tells its progress with ${name}`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/${name}`;
    await Deno.writeFile(path, bytes);
    await withServer(files, async (address) => {
      for (const source of [path, `${address}/m/${name}`]) {
        const steps: [number, number][] = [];
        await loadNetwork(source, {
          onProgress: (...step) => void steps.push(step),
        });
        assert.deepEqual(steps.at(-1), [bytes.length, bytes.length]);
        assert.ok(steps.every(([done], i) => done >= (steps[i - 1]?.[0] ?? 0)));
      }
    });
  });

  Deno.test(`loadNetwork() stops with ${name} when its signal fires`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/${name}`;
    await Deno.writeFile(path, bytes);
    const reason = new Error("the person went on");
    await withServer(files, async (address) => {
      for (const source of [path, `${address}/m/${name}`]) {
        await assert.rejects(
          loadNetwork(source, { signal: AbortSignal.abort(reason) }),
          (error) => {
            assert.ok(error instanceof AbortedError, `${source}: ${error}`);
            assert.equal(error.cause, reason);
            return true;
          },
        );
      }
    });
  });

  Deno.test(`loadNetwork() rejects what is cut off or something else than ${name}`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/${name}`;
    const half = bytes.subarray(0, bytes.length / 2);
    for (const content of [half, new TextEncoder().encode("<html>")]) {
      await Deno.writeFile(path, content);
      await assert.rejects(loadNetwork(path), CorruptWeightsError);
      const served = new Map([[`/m/${name}`, content as BodyInit]]);
      await withServer(served, async (address) => {
        const url = `${address}/m/${name}`;
        await assert.rejects(loadNetwork(url), CorruptWeightsError);
      });
    }
  });

  Deno.test(`loadNetwork() tells that ${name} is absent or a folder`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/${name}`;
    const isUnknown = (error: unknown) => {
      assert.ok(error instanceof UnknownModelError, String(error));
      assert.ok(error.message.includes(path), error.message);
      return true;
    };
    await assert.rejects(loadNetwork(path), isUnknown);
    await Deno.mkdir(path);
    await assert.rejects(loadNetwork(path), isUnknown);
  });
}

Deno.test("loadNetwork() of a Totem file gives its int8 weights as they are", async () => {
  const [{ name, bytes, network }] = MODEL_FILES as [ModelFile];
  await using folder = await temporaryFolder();
  await Deno.writeFile(`${folder.path}/${name}`, bytes);
  for (const labels of [undefined, network.labels]) {
    const found = await loadNetwork(`${folder.path}/${name}`, {
      ...labels && { labels },
    });
    assert.ok(isQuantized(found) && isQuantized(network));
    assert.deepEqual(found.quantized("Logits"), network.quantized("Logits"));
    assert.equal(found.license, network.license);
  }
});

Deno.test("loadNetwork() asks for nothing beside a Totem file's address", async () => {
  const asked: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => {
      const name = new URL(url).pathname.slice(1);
      asked.push(name);
      const file = MODEL_FILES.find((it) => it.name === name);
      // Like a storage service with signed URLs.
      return new Response(file?.bytes ?? "no", { status: file ? 200 : 403 });
    },
  );
  try {
    const files = MODEL_FILES.filter(({ network }) => isQuantized(network));
    assert.equal(files.length, 2); // With names and without.
    for (const { name, network } of files) {
      const url = `http://127.0.0.1:${server.addr.port}/${name}`;
      assert.deepEqual((await loadNetwork(url)).labels, network.labels);
    }
    assert.deepEqual(asked, files.map(({ name }) => name));
  } finally {
    await server.shutdown();
  }
});

Deno.test("loadNetwork() names the config.json whose label_names are too few", async () => {
  const { name, bytes } = MODEL_FILES[2]!;
  await using folder = await temporaryFolder();
  await Deno.writeFile(`${folder.path}/${name}`, bytes);
  await Deno.writeTextFile(
    `${folder.path}/config.json`,
    JSON.stringify({ label_names: ["a", "b"] }),
  );
  await assert.rejects(loadNetwork(`${folder.path}/${name}`), {
    name: "CorruptWeightsError",
    message:
      /with 2 names from label_names in config\.json beside the model: give others by --labels FILE, or { labels }$/,
  });
});

Deno.test("loadNetwork() gives a Totem file without names the ids in classes.json, too", async () => {
  const { name, bytes } = MODEL_FILES[1]!;
  await using folder = await temporaryFolder();
  await Deno.writeFile(`${folder.path}/${name}`, bytes);
  const ids = ["n0", "n1", "n2", "n3", "n4", "n5", "n6"];
  await Deno.writeTextFile(
    `${folder.path}/classes.json`,
    JSON.stringify(ids.map((it) => [it, `name of ${it}`])),
  );
  const { labels, classIds } = await loadNetwork(`${folder.path}/${name}`);
  assert.equal(labels[6], "name of n6");
  assert.deepEqual(classIds, ids);
});

Deno.test("loadNetwork() reads the safetensors that a response brings", async () => {
  const labels = ["a", "b", "c", "d", "e", "f", "g"];
  const files = MODEL_FILES.filter(({ name }) => name.endsWith(".safetensors"));
  assert.equal(files.length, 3); // Totem's and torchvision's.
  for (const { bytes, network } of files) {
    const headers = { "content-length": `${bytes.length}` };
    const response = new Response(bytes as BodyInit, { headers });
    const progress: number[] = [];
    const found = await loadNetwork(response, {
      labels,
      onProgress: (done, total) => progress.push(done / total),
    });
    assert.deepEqual(found.labels, labels);
    assert.deepEqual(found.weights("Logits"), network.weights("Logits"));
    assert.equal(progress.at(-1), 1);

    const half = bytes.subarray(0, bytes.length / 2) as BodyInit;
    await assert.rejects(loadNetwork(new Response(half)), CorruptWeightsError);
  }
});

Deno.test("loadNetwork() tells that a response brings no file", async () => {
  for (
    const [body, status, said] of [
      ["no", 404, "404"],
      [null, 204, "204 and sent nothing"],
      [null, 200, "200 and sent nothing"],
    ] as const
  ) {
    await assert.rejects(loadNetwork(new Response(body, { status })), {
      name: "UnknownModelError",
      message: `Cannot download the model: the server answered ${said}`,
    });
  }
  await assert.rejects(loadNetwork(new Response("")), {
    name: "CorruptWeightsError",
    message: /Cannot read the model as it is empty\. The file is cut off/,
  });
});

Deno.test("loadNetwork() keeps a known model where the command line does, unless told not to", async () => {
  await withKnownModel(async ({ name, folder, loads }) => {
    const before = Deno.env.get("TOTEM_CACHE");
    Deno.env.set("TOTEM_CACHE", folder);
    try {
      await loadNetwork(name, { store: false });
      await loadQuantized(name, { store: false });
      assert.deepEqual(await namesIn(folder), []);
      assert.equal(loads(), 2);
      await loadNetwork(name);
      await loadQuantized(name);
      await loadNetwork(name);
      assert.equal(loads(), 3);
      assert.equal((await namesIn(folder)).length, 2);
    } finally {
      if (before === undefined) Deno.env.delete("TOTEM_CACHE");
      else Deno.env.set("TOTEM_CACHE", before);
    }
  });
});

Deno.test("loadQuantized() converts a model once, and keeps one file", async () => {
  await withKnownModel(async ({ name, store, folder, loads, network }) => {
    const first = await loadQuantized(name, { store });
    assert.equal(loads(), 1);
    assert.deepEqual(
      (await store.list()).map((it) => it.reference),
      [storeKey(name)],
    );
    assert.equal((await namesIn(folder)).length, 2); // And its record.
    assertSameNetwork(first, quantize(network));
    const second = await loadQuantized(name, { store });
    assert.equal(loads(), 1);
    assertSameNetwork(second, first);
    const third = await loadNetwork(name, { store });
    assert.ok(isQuantized(third));
    assertSameNetwork(third, first);
    assert.equal(loads(), 1);
  });
});

Deno.test("loadQuantized() makes a damaged file anew", async () => {
  const damages: ((file: Uint8Array) => Uint8Array)[] = [
    (file) => file.with(20, 0), // In the header.
    (file) => file.subarray(0, 1000),
    (file) => new Uint8Array(file.length + 1),
    () => new Uint8Array(),
  ];
  await withKnownModel(async ({ name, store, folder, loads }) => {
    const expected = await loadQuantized(name, { store });
    const [record] = await store.list();
    const path = `${folder}/${record!.sha256}.safetensors`;
    const file = await Deno.readFile(path);
    for (const [i, damage] of damages.entries()) {
      await Deno.writeFile(path, damage(file));
      assertSameNetwork(await loadQuantized(name, { store }), expected);
      assert.equal(loads(), i + 2);
      const [again] = await store.list();
      assert.equal(again!.sha256, record!.sha256);
      assert.deepEqual(await readAll(await store.open(again!.sha256)), file);
      assert.equal((await namesIn(folder)).length, 2);
    }
  });
});

Deno.test("a model that is loaded several times at once is made once", async () => {
  await withKnownModel(async ({ name, store, loads, onLoad }) => {
    const controller = new AbortController();
    const { signal } = controller;
    const others = [1, 2, 3].map(() => loadQuantized(name, { store }));
    const aborted = loadQuantized(name, { store, signal });
    controller.abort();
    await assert.rejects(aborted, AbortedError);
    const [first, ...more] = await Promise.all(others);
    for (const it of more) assertSameNetwork(it, first!);
    assert.equal(loads(), 1);
    await store.remove(storeKey(name));
    // If one load fails, the next one gets its turn.
    onLoad(() => {
      if (loads() === 2) throw new UnknownModelError("no way to it");
    });
    const results = await Promise.allSettled(
      [1, 2].map(() => loadQuantized(name, { store })),
    );
    // Either one may look into the store first.
    assert.deepEqual(results.map(({ status }) => status).sort(), [
      "fulfilled",
      "rejected",
    ]);
    assert.equal(loads(), 3);
  });
});

Deno.test("a known model stays kept when the caller's labels don't fit it", async () => {
  await withKnownModel(async ({ name, store, loads }) => {
    await loadQuantized(name, { store });
    await assert.rejects(loadQuantized(name, { store, labels: ["one"] }));
    await loadQuantized(name, { store });
    assert.equal(loads(), 1);
  });
});

Deno.test("an alias stands for its model, which is kept once", async () => {
  await withKnownModel(async ({ name, store, loads }) => {
    const models = KNOWN_MODELS as Record<string, KnownModel>;
    models[name] = { ...models[name]!, aliases: ["slim"] };
    await loadNetwork("slim", { store });
    await loadNetwork(name, { store });
    assert.equal(loads(), 1);
    assert.equal(storeKey("slim"), storeKey(name));
    assert.equal((await store.list()).length, 1);
    await assert.rejects(loadNetwork("slin"), /did you mean slim\?$/);
  });
  assert.equal(findKnownModel("imagenet")?.name, "imagenet-keras");
  for (const none of ["", "constructor", "Imagenet", undefined]) {
    assert.equal(findKnownModel(none), undefined);
  }
});

Deno.test("loadQuantized() keeps the ids of a known model's classes, unless they are called otherwise", async () => {
  await withKnownModel(async ({ name, store, network }) => {
    const classIds = network.labels.map((_, i) => `n0000000${i}`);
    const models = KNOWN_MODELS as Record<string, KnownModel>;
    const { load } = models[name]!;
    models[name] = {
      ...models[name]!,
      load: async (options) => ({ ...await load(options), classIds }),
    };
    for (let i = 0; i < 2; i++) {
      const found = await loadQuantized(name, { store });
      assert.deepEqual(found.classIds, classIds);
    }
    const labels = [..."abcdefg"];
    const { classIds: none } = await loadQuantized(name, { store, labels });
    assert.equal(none, undefined);
  });
});

Deno.test("loadNetwork() gives a known model in f32 when it is asked for, else in int8", async () => {
  await withKnownModel(async ({ name, store, loads, network }) => {
    await loadQuantized(name, { store });
    for (const options of [{ store }, { store: false }] as const) {
      const found = await loadNetwork(name, { ...options, precision: "f32" });
      assert.ok(!isQuantized(found));
      assertSameNetwork(found, network);
      assert.ok(isQuantized(await loadNetwork(name, options)));
    }
    assert.equal(loads(), 4); // Once for the store, and without a store each time.
    assert.equal((await store.list()).length, 1);
  });
});

Deno.test("loadQuantized() gives the labels it is given, and stores the model's own", async () => {
  await withKnownModel(async ({ name, store, network }) => {
    const labels = network.labels.map((it) => `my ${it}`);
    for (let i = 0; i < 2; i++) { // Converted, then from the store.
      const { labels: found } = await loadQuantized(name, { store, labels });
      assert.deepEqual(found, labels);
      const { labels: own } = await loadQuantized(name, { store });
      assert.deepEqual(own, network.labels);
    }
    await assert.rejects(loadQuantized(name, { store, labels: ["one"] }), {
      name: "ArgumentError",
      message: /7 classes with 1 name$/,
    });
  });
});

Deno.test("loadQuantized() follows a preprocessing it is given, and stores the model's own", async () => {
  await withKnownModel(async ({ name, store, network }) => {
    const preprocessing = {
      crop: { kind: "center", fraction: 0.5 },
      resize: "half-pixel",
      scale: [1 / 255, 1 / 255, 1 / 255],
      offset: [0, 0, 0],
    } as const;
    for (let i = 0; i < 2; i++) { // Converted, then from the store.
      assertSameNetwork(
        await loadQuantized(name, { store, preprocessing }),
        quantize({ ...network, preprocessing }),
      );
      assertSameNetwork(
        await loadQuantized(name, { store }),
        quantize(network),
      );
    }
  });
});

Deno.test("loadQuantized() takes another crop or resize of the stored model", async () => {
  await withKnownModel(async ({ name, store, network, loads }) => {
    const resize = "half-pixel";
    for (const preprocessing of [{ resize }, {}] as const) {
      const found = await loadQuantized(name, { store, preprocessing });
      const asked = { ...network.preprocessing, ...preprocessing };
      assertSameNetwork(found, quantize({ ...network, preprocessing: asked }));
      const origin = "resize" in preprocessing ? "option" : "model";
      assert.equal(found.origins?.resize, origin);
    }
    assert.equal(loads(), 1);
  });
});

Deno.test("loadQuantized() stops when its signal fires, and stores nothing", async () => {
  await withKnownModel(async ({ name, store, onLoad }) => {
    const controller = new AbortController();
    onLoad(() => controller.abort(new Error("the person went on")));
    const { signal } = controller;
    for (let i = 0; i < 2; i++) { // While it is loaded, and before.
      await assert.rejects(
        loadQuantized(name, { store, signal }),
        AbortedError,
      );
      assert.deepEqual(await store.list(), []);
    }
  });
});

/** A small model that temporarily replaces a large one as a known model. */
interface NarrowModel {
  readonly name: string;
  readonly store: Store;
  readonly folder: string;
  /** The published f32 network. */
  readonly network: Network;
  /** How often it was loaded. */
  loads(): number;
  /** Calls `action` on each load. */
  onLoad(action: () => void): void;
}

async function withKnownModel(use: (model: NarrowModel) => Promise<void>) {
  await using folder = await temporaryFolder();
  const { modelJson, shards } = makeLayersModel();
  const read = (facts: KnownModelOptions) =>
    importLayersModel(
      modelJson,
      (name) => Promise.resolve(shards.get(name)!),
      pickOptions(facts, IMPORT_OPTIONS),
    );
  const name = "narrow";
  let loads = 0;
  let action = () => {};
  const models = KNOWN_MODELS as Record<string, KnownModel>;
  models[name] = {
    ...PROVENANCE,
    description: "random numbers, 7 classes",
    downloadBytes: 0,
    async load(options) {
      loads++;
      action();
      return await read(options);
    },
  };
  try {
    await use({
      name,
      store: fileStore(folder.path),
      folder: folder.path,
      network: await read({}),
      loads: () => loads,
      onLoad: (it) => action = it,
    });
  } finally {
    delete models[name];
  }
}

function quantize(network: Network): QuantizedNetwork {
  const graph = inceptionV3(network.architecture);
  const calibration = calibrateByBatchNorm(network, graph);
  return quantizeNetwork(network, calibration, PROVENANCE);
}

async function totemFile(
  name: string,
  labels?: readonly string[],
): Promise<ModelFile> {
  const { modelJson, shards } = makeLayersModel();
  const network = quantize(
    await importLayersModel(
      modelJson,
      (name) => Promise.resolve(shards.get(name)!),
      { ...labels && { labels } },
    ),
  );
  const { stream } = writeNetwork(network);
  return {
    name: `${name}.safetensors`,
    bytes: await new Response(stream as ReadableStream<never>).bytes(),
    network,
    labelled: labels !== undefined,
  };
}

async function torchvisionFile(): Promise<ModelFile> {
  const { header, data } = await saveStateDict(makeStateDict());
  return {
    name: "torchvision.safetensors",
    bytes: new Uint8Array(data.buffer as ArrayBuffer), // With the header.
    network: importTorchvision(header, data),
    labelled: false,
  };
}

function kerasFile(): ModelFile {
  const bytes = readH5("keras2_model");
  const network = importKerasH5(bytes);
  return { name: "keras.h5", bytes, network, labelled: false };
}

function assertSameNetwork(found: Network, expected: Network): void {
  assert.deepEqual(
    [found.architecture, found.labels, found.preprocessing],
    [expected.architecture, expected.labels, expected.preprocessing],
  );
  const { nodes } = inceptionV3(expected.architecture);
  for (const { name } of nodes.filter(isWeighted)) {
    assert.deepEqual(found.weights(name), expected.weights(name), name);
  }
}

async function withModel(use: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await writeLayersModel(makeLayersModel(), folder);
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function withServer(
  files: ReadonlyMap<string, BodyInit | (() => BodyInit)>,
  use: (address: string) => Promise<void>,
) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const body = files.get(new URL(request.url).pathname);
      if (body === undefined) return new Response("no", { status: 404 });
      return new Response(typeof body === "function" ? body() : body);
    },
  );
  try {
    await use(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}
