import assert from "node:assert/strict";
import { pickOptions } from "../../src/argument.ts";
import { NETWORK_METADATA } from "../../src/weights/load_options.ts";
import {
  AbortedError,
  CorruptWeightsError,
  UnknownModelError,
} from "../../src/errors.ts";
import {
  inceptionV3,
  isWeighted,
  modelMetadata,
  type Network,
  type PoolRule,
} from "../../src/model/mod.ts";
import {
  findKnownModel,
  type KnownModel,
  loadKnown,
  modelAtAddress,
} from "../../src/weights/known_models.ts";
import {
  fileStore,
  importKerasH5,
  importTorchvision,
  KNOWN_MODELS,
  type KnownModelOptions,
  type Store,
} from "../../src/weights/mod.ts";
import { parseHeader } from "../../src/weights/safetensors/header.ts";
import { readH5 } from "../keras_h5.ts";
import { makeStateDict, saveStateDict } from "../torchvision_model.ts";
import { readAll } from "./store/model_bytes.ts";
import { namesIn, temporaryFolder } from "./store/temporary_folder.ts";

/** A model at a publisher's address. */
interface Published {
  /** The name of its file. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly labels: readonly string[];
  read(bytes: Uint8Array, options: KnownModelOptions): Network;
}

const KERAS: Published = {
  name: "model.h5",
  bytes: readH5("keras2_weights"),
  labels: ["tench", "goldfish", "great white shark", "tiger shark", "ray"],
  read: (bytes, options) =>
    importKerasH5(bytes, pickOptions(options, NETWORK_METADATA)),
};

const TORCHVISION: Published = {
  name: "model.safetensors",
  bytes: await torchvisionFile(),
  labels: [...KERAS.labels, "cock", "hen"],
  read(bytes, options) {
    const header = parseHeader(bytes, bytes.length);
    const data = bytes.subarray(header.dataOffset);
    return importTorchvision(
      header,
      data,
      pickOptions(options, NETWORK_METADATA),
    );
  },
};

for (const published of [KERAS, TORCHVISION]) {
  const { name, bytes, labels, read } = published;

  Deno.test(`modelAtAddress() loads ${name} with its labels, and needs no server again`, async () => {
    await withModel(published, async ({ load, store, requests, close }) => {
      const steps: number[] = [];
      const onProgress = (done: number, total: number) =>
        steps.push(done / total);
      const network = await load({ onProgress });
      assert.deepEqual(network.labels, labels);
      assert.deepEqual(network.classIds, labels.map((_, i) => `n0144${i}`));
      assertSameWeights(network, read(bytes, {}));
      assert.equal(steps.at(-1), 1);
      assert.deepEqual(requests, ["/labels.json", `/${name}`]);
      assert.equal((await store.list()).length, 2);
      await close();
      const again = await load();
      assert.deepEqual(again.labels, labels);
      assertSameWeights(again, network);
      assert.equal(requests.length, 2);
    });
  });
}

Deno.test("modelAtAddress() keeps nothing without a store", async () => {
  await withModel(KERAS, async ({ load, store, requests }) => {
    for (let i = 0; i < 2; i++) {
      assert.deepEqual((await load({ store: undefined })).labels, KERAS.labels);
    }
    assert.equal(requests.length, 4);
    assert.deepEqual(await store.list(), []);
  });
});

Deno.test("modelAtAddress() gives the labels and preprocessing it is given, and downloads no labels", async () => {
  await withModel(KERAS, async ({ load, requests }) => {
    const labels = ["a", "b", "c", "d", "e"];
    const preprocessing = {
      crop: { kind: "squash" },
      resize: "half-pixel",
      scale: [1, 2, 3],
      offset: [0, 0, 0],
    } as const;
    const network = await load({ labels, preprocessing });
    assert.deepEqual(network.labels, labels);
    assert.deepEqual(network.preprocessing, preprocessing);
    assert.deepEqual(requests, ["/model.h5"]);
  });
});

for (
  const [what, bytes] of [
    ["a page", "<html>log in</html>"],
    ["a part of the model", KERAS.bytes.subarray(0, 10_000)],
    ["nothing", ""],
  ] as const
) {
  Deno.test(`modelAtAddress() doesn't keep ${what} in the place of a model`, async () => {
    await withModel(KERAS, async ({ load, store, files }) => {
      files.set("/model.h5", bytes);
      await assert.rejects(load(), CorruptWeightsError);
      const references = (await store.list()).map((it) => it.reference);
      assert.equal(references.length, 1);
      assert.match(references[0]!, /\/labels\.json$/);
      // The address isn't pinned to it, either.
      files.set("/model.h5", KERAS.bytes);
      assert.deepEqual((await load()).labels, KERAS.labels);
    });
  });
}

Deno.test("modelAtAddress() doesn't keep what isn't a model, however its address is written", async () => {
  await withModel(KERAS, async ({ load, store, files }) => {
    files.set("/model.h5", "<html>log in</html>");
    await assert.rejects(load(), CorruptWeightsError);
    assert.equal((await store.list()).length, 1);
    files.set("/model.h5", KERAS.bytes);
    assert.deepEqual((await load()).labels, KERAS.labels);
  }, "/here/../model.h5#weights");
});

Deno.test("a known model has pools of its own, and no other", async () => {
  await withModel(KERAS, async ({ model, store }) => {
    const load = (pools: PoolRule) =>
      loadKnown({ ...model, name: "known" }, { store, pools });
    const { pools } = modelMetadata(await load("padding-left-out"));
    assert.deepEqual(pools, { value: "padding-left-out", from: "model" });
    await assert.rejects(load("fid"), {
      name: "ArgumentError",
      message:
        'Cannot load the model "known" with the pools fid as its weights are for padding-left-out',
    });
  });
});

Deno.test("a known model that can't be downloaded says which, what of it, and why", async () => {
  await withModel(KERAS, async ({ model, files, close }) => {
    const load = () =>
      loadKnown({ ...model, name: "known" }, { store: undefined });
    const start = 'Cannot load the model "known": ';
    files.delete("/model.h5");
    await assert.rejects(load(), {
      name: "UnknownModelError",
      message: new RegExp(
        `^${start}its weights can't be downloaded: .*/model\\.h5: .* 404$`,
      ),
    });
    await close();
    await assert.rejects(load(), {
      name: "UnknownModelError",
      message: new RegExp(
        `^${start}the names of its classes can't be downloaded: Cannot reach .*/labels\\.json: .*refused`,
        "i",
      ),
    });
  });
});

Deno.test("modelAtAddress() doesn't keep labels that are none", async () => {
  for (const json of ["<html>", "{}", '{"0":1}', '[["n01440764"]]']) {
    await withModel(KERAS, async ({ load, store, files, requests }) => {
      files.set("/labels.json", json);
      await assert.rejects(load(), CorruptWeightsError);
      assert.deepEqual(await store.list(), []);
      // Detected before the model is downloaded.
      assert.deepEqual(requests, ["/labels.json"]);
    });
  }
});

Deno.test("modelAtAddress() doesn't read labels that go on", async () => {
  await withModel(KERAS, async ({ load, store, files }) => {
    files.set("/labels.json", " ".repeat(2 ** 20 + 1));
    await assert.rejects(load(), {
      name: "CorruptWeightsError",
      message: /must have <= 1048576 bytes: it has more$/,
    });
    assert.deepEqual(await store.list(), []);
  });
});

Deno.test("modelAtAddress() keeps a sound model when the caller's labels don't fit it", async () => {
  await withModel(KERAS, async ({ load, store, requests }) => {
    await assert.rejects(load({ labels: ["one"] }), /5 classes with 1 name/);
    assert.equal((await store.list()).length, 1);
    await load();
    assert.deepEqual(requests, ["/model.h5", "/labels.json"]);
  });
});

Deno.test("modelAtAddress() refuses another file at the same address", async () => {
  await withModel(KERAS, async ({ load, store, files, folder }) => {
    await load();
    const records = await store.list();
    const { sha256 } = records.find((it) => it.reference.endsWith(".h5"))!;
    await Deno.remove(`${folder}/${sha256}.safetensors`);
    // As valid as the first one.
    files.set("/model.h5", readH5("keras3_weights"));
    await assert.rejects(load(), (error) => {
      assert.ok(error instanceof CorruptWeightsError);
      assert.ok(error.message.includes(`SHA-256 must be ${sha256}`));
      return true;
    });
    assert.ok(!(await namesIn(folder)).includes(`${sha256}.safetensors`));
    // It is still pinned to the first one.
    await assert.rejects(load(), CorruptWeightsError);
    files.set("/model.h5", KERAS.bytes);
    await load();
    assert.deepEqual(await readAll(await store.open(sha256)), KERAS.bytes);
  });
});

Deno.test("modelAtAddress() tells what the server answered", async () => {
  for (const name of ["/labels.json", "/model.h5"]) {
    await withModel(KERAS, async ({ load, files }) => {
      files.delete(name);
      await assert.rejects(load(), (error) => {
        assert.ok(error instanceof UnknownModelError);
        assert.match(error.message, new RegExp(`${name} ?.*404`));
        return true;
      });
    });
  }
});

Deno.test("modelAtAddress() stops when its signal fires", async () => {
  await withModel(KERAS, async ({ load, requests, store }) => {
    const reason = new Error("the person went on");
    const isAborted = (error: unknown) => {
      assert.ok(error instanceof AbortedError, String(error));
      assert.equal(error.cause, reason);
      return true;
    };
    const signal = AbortSignal.abort(reason);
    await assert.rejects(load({ signal }), isAborted);
    assert.deepEqual(requests, []);
    const controller = new AbortController();
    await assert.rejects(
      load({
        signal: controller.signal,
        onProgress: () => controller.abort(reason),
      }),
      isAborted,
    );
    assert.equal((await store.list()).length, 1);
  });
});

Deno.test("KNOWN_MODELS have a licence, a size and a source that can't be changed on its way", () => {
  const names = Object.keys(KNOWN_MODELS);
  assert.deepEqual(names, ["nsfw", "imagenet-keras", "imagenet-timm"]);
  for (const name of names) {
    // A name must not look like a path or an address.
    assert.match(name, /^[a-z]+(-[a-z]+)*$/);
    const { license, source, description, downloadBytes } = KNOWN_MODELS[name]!;
    assert.match(license, /^(MIT|Apache-2\.0|BSD-3-Clause|CC0-1\.0)$/);
    assert.match(description, /, \d+ classes/);
    assert.ok(downloadBytes > 20e6 && downloadBytes < 120e6);
    if (source.startsWith("npm:")) {
      assert.match(source, /^npm:[a-z]+@\d+\.\d+\.\d+$/);
    } else {
      const { protocol, href, search } = new URL(source);
      assert.deepEqual([protocol, href, search], ["https:", source, ""]);
    }
  }
});

interface ServedModel {
  readonly model: KnownModel;
  load(options?: KnownModelOptions): Promise<Network>;
  readonly store: Store;
  readonly folder: string;
  /** Served files, by path. */
  readonly files: Map<string, BodyInit>;
  /** The requested paths. */
  readonly requests: string[];
  close(): Promise<void>;
}

async function withModel(
  { name, bytes, labels, read }: Published,
  use: (model: ServedModel) => Promise<void>,
  path = `/${name}`,
): Promise<void> {
  const classIndex = Object.fromEntries(
    labels.map((it, i) => [i, [`n0144${i}`, it]]),
  );
  const files = new Map<string, BodyInit>([
    [`/${name}`, bytes],
    ["/labels.json", JSON.stringify(classIndex)],
  ]);
  const requests: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => {
      const { pathname } = new URL(url);
      requests.push(pathname);
      const body = files.get(pathname);
      return new Response(body ?? "no", {
        status: body === undefined ? 404 : 200,
      });
    },
  );
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path);
  const address = `http://127.0.0.1:${server.addr.port}`;
  const model = modelAtAddress({
    description: "random numbers, 5 classes",
    downloadBytes: bytes.length,
    license: "CC0-1.0",
    source: `${address}${path}`,
    labels: `${address}/labels.json`,
    read: async (file, options) => read(await readAll(file), options),
  });
  try {
    await use({
      model,
      load: (options) => model.load({ store, ...options }),
      store,
      folder: folder.path,
      files,
      requests,
      close: () => server.shutdown(),
    });
  } finally {
    await server.shutdown();
  }
}

function assertSameWeights(found: Network, expected: Network): void {
  assert.deepEqual(found.architecture, expected.architecture);
  const { nodes } = inceptionV3(expected.architecture);
  for (const { name } of nodes.filter(isWeighted)) {
    assert.deepEqual(found.weights(name), expected.weights(name), name);
  }
}

/** Reassembles the header and the data into one file. */
async function torchvisionFile(): Promise<Uint8Array<ArrayBuffer>> {
  const { header, data } = await saveStateDict(makeStateDict());
  // `data` is a view of the whole file.
  const file = new Uint8Array(data.buffer as ArrayBuffer);
  assert.equal(file.length, header.dataOffset + data.length);
  return file;
}

Deno.test("findKnownModel() keeps the alias that was asked for, which errors name", async () => {
  const model = findKnownModel("imagenet")!;
  assert.equal(model.name, "imagenet-keras");
  const load = () => Promise.reject(new UnknownModelError("gone"));
  await assert.rejects(
    loadKnown({ ...model, load }, { store: undefined }),
    { message: 'Cannot load the model "imagenet": gone' },
  );
});
