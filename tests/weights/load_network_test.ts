import assert from "node:assert/strict";
import {
  AbortedError,
  CorruptWeightsError,
  UnknownModelError,
} from "../../src/errors.ts";
import { loadNetwork } from "../../src/weights/mod.ts";
import { makeLayersModel, NARROW, writeLayersModel } from "../layers_model.ts";

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
      assert.deepEqual((await loadNetwork(folder)).labels, names);
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
    loadNetwork("nsfl"),
    (error) => {
      assert.ok(error instanceof UnknownModelError);
      assert.match(error.message, /"nsfl".*nsfl\/model\.json.*\("nsfw"\)/);
      return true;
    },
  );
  // Names of every object aren't names of models.
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
    assert.match(error.message, /Cannot reach/);
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
    await Deno.truncate(`${folder}/model.json`, 2 ** 24 + 1);
    await assert.rejects(loadNetwork(folder), /must have <= 16777216 bytes/);
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
  await assert.rejects(loadNetwork("nsfw", { signal }), AbortedError);
});

Deno.test("loadNetwork() gives nsfw with its labels, head and preprocessing", async () => {
  const { labels, architecture, preprocessing, weights } = await loadNetwork(
    "nsfw",
  );
  assert.deepEqual(labels, ["Drawing", "Hentai", "Neutral", "Porn", "Sexy"]);
  assert.deepEqual(architecture.hiddenUnits, [256, 128]);
  assert.deepEqual(preprocessing.offset, [0, 0, 0]);
  assert.equal(weights("Logits/hidden_1").kernel.length, 2048 * 256);
});

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
