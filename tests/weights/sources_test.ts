/**
 * Sources that don't yield a model file: pipes, silent servers, dead addresses and
 * names, unsupported formats.
 */
import assert from "node:assert/strict";
import { makeZip } from "../make_zip.ts";
import {
  AbortedError,
  CorruptWeightsError,
  TotemError,
  UnknownModelError,
} from "../../src/errors.ts";
import {
  download,
  fileStore,
  importKerasH5,
  loadNetwork,
} from "../../src/weights/mod.ts";
import { run } from "../cli/in_process.ts";
import { PHOTOS, totem } from "../cli/totem.ts";
import { readH5 } from "../keras_h5.ts";
import { SearchIndex, writeIndex } from "../../src/search/mod.ts";
import { makeLayersModel, NARROW, writeLayersModel } from "../layers_model.ts";
import { silentServers } from "../silent_servers.ts";
import { temporaryFolder } from "./store/temporary_folder.ts";

const HAS_PIPES = Deno.build.os !== "windows";
const TOKEN = "s3cret";
const PHOTO = `${PHOTOS}/drum.jpg`;

Deno.test({
  name: "loadNetwork() doesn't wait for a pipe, wherever one is",
  ignore: !HAS_PIPES,
  async fn() {
    await using folder = await temporaryFolder();
    const { path } = folder;
    await writeLayersModel(makeLayersModel(), path);
    for (
      const [source, name] of [
        [`${path}/model.safetensors`, "model.safetensors"],
        [`${path}/model.h5`, "model.h5"],
        [path, "classes.json"],
        [path, "group1-shard2.bin"],
        [path, "model.json"],
      ]
    ) {
      await Deno.remove(`${path}/${name}`).catch(() => {});
      await makePipe(`${path}/${name}`);
      const error = await rejects(
        loadNetwork(source!),
        UnknownModelError,
        "as it must be a file: it is a pipe or device",
      );
      assert.equal(error.message.split(name!).length, 2, error.message);
      await Deno.remove(`${path}/${name}`);
      await writeLayersModel(makeLayersModel(), path);
    }
    await loadNetwork(path);
  },
});

Deno.test("loadNetwork() refuses a folder where a file should be, also for labels", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await writeLayersModel(makeLayersModel(), path);
  await Deno.mkdir(`${path}/model.safetensors`);
  await rejects(
    loadNetwork(`${path}/model.safetensors`),
    UnknownModelError,
    "it is a folder that has none of",
  );
  await Deno.mkdir(`${path}/classes.json`);
  await rejects(loadNetwork(path), UnknownModelError, "it is a folder");
});

Deno.test({
  name: "a store doesn't wait for a pipe where a model was",
  ignore: !HAS_PIPES,
  async fn() {
    await using folder = await temporaryFolder();
    const store = fileStore(folder.path);
    const { sha256 } = await store.put("model", new Uint8Array(10));
    const path = `${folder.path}/${sha256}.safetensors`;
    await Deno.remove(path);
    await makePipe(path);
    assert.equal(await store.get("model"), undefined);
    await store.put("model", new Uint8Array(10));
    assert.equal((await store.get("model"))?.size, 10);
  },
});

for (
  const source of [
    "http://",
    "https://a:99999/model.json",
    "http://[::1/model.json",
    "file:///tmp/%E0%A4%A.safetensors",
    "file:///tmp/a%00.safetensors",
    `/tmp/${"a".repeat(5000)}.safetensors`,
    "a".repeat(300),
    `http://u:${TOKEN}@/x?${TOKEN}`,
  ]
) {
  Deno.test(`loadNetwork() has a typed error for ${source.slice(0, 50)}`, async () => {
    const name = source.startsWith("http") ? "http" : source.slice(-12);
    const error = await rejects(loadNetwork(source), UnknownModelError, name);
    assert.ok(!error.message.includes(TOKEN));
  });
}

Deno.test("loadNetwork() gives up a server that doesn't answer, or goes silent", async () => {
  const stalled = () =>
    new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(4)),
    });
  await using server = serve(() => new Response(stalled()));
  {
    using _ = silentServers(() => 2);
    for (const name of ["model.safetensors", "model.h5", "model.json"]) {
      await rejects(
        loadNetwork(`${server.address}/${name}`),
        UnknownModelError,
        "must send something within 30 s: it was silent after 4 bytes",
      );
    }
  }
  await using dumb = serve(() => new Promise(() => {}));
  await rejects(
    loadNetwork(`${dumb.address}/model.safetensors`, { maxSilence: 50 }),
    UnknownModelError,
    "it was silent from the start",
  );
  for (const maxSilence of [0, -1, NaN]) {
    await assert.rejects(
      loadNetwork(`${dumb.address}/m.h5`, { maxSilence }),
      { name: "ArgumentError" },
    );
  }
});

Deno.test("loadNetwork() doesn't take a slow server for a silent one, nor a slow reader", async () => {
  const model = makeLayersModel();
  const json = new TextEncoder().encode(JSON.stringify(model.modelJson));
  await using server = serve(({ name }) => {
    const bytes = name === "model.json" ? json : model.shards.get(name);
    if (bytes === undefined) return new Response("no", { status: 404 });
    let at = 0;
    return new Response(
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          controller.enqueue(bytes.slice(at, at += 20_000));
          if (at >= bytes.length) controller.close();
        },
      }),
    );
  });
  for (const maxSilence of [30_000, Infinity]) {
    const network = await loadNetwork(server.address, { maxSilence });
    assert.equal(network.labels.length, NARROW.classes);
  }
});

Deno.test("loadNetwork() heeds its signal while a server is silent", async () => {
  await using server = serve(({ name }) =>
    name === "dumb.h5"
      ? new Promise(() => {})
      : new Response(new ReadableStream())
  );
  for (const name of ["dumb.h5", "model.h5", "model.safetensors", "m.json"]) {
    const reason = new Error("the person went on");
    const controller = new AbortController();
    const loading = loadNetwork(`${server.address}/${name}`, {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(reason), 20);
    await assert.rejects(
      loading,
      (error) => error instanceof AbortedError && error.cause === reason,
    );
  }
});

Deno.test("labels that a server fails to bring are an error, absent ones aren't", async () => {
  const model = makeLayersModel();
  let labels: () => Response | Promise<Response> = () => new Response("[]");
  await using server = serve(({ name }) =>
    name === "model.json"
      ? Response.json(model.modelJson)
      : name === "classes.json"
      ? labels()
      : new Response(model.shards.get(name)! as BodyInit)
  );
  const load = () => loadNetwork(server.address);
  labels = () => new Response("", { status: 503 });
  await rejects(load(), UnknownModelError, "answered 503");
  labels = () => new Promise(() => {});
  {
    using _ = silentServers((url) =>
      url.endsWith("/classes.json") ? 0 : Infinity
    );
    await rejects(load(), UnknownModelError, "silent from the start");
  }
  for (const status of [403, 404, 410]) {
    labels = () => new Response("", { status });
    assert.equal((await load()).labels[0], "class 0");
  }
});

Deno.test("download() counts a silent server's connection as broken, and goes on later", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path);
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i);
  let ranges = 0;
  await using server = serve(({ headers }) => {
    if (headers.has("range")) {
      ranges++;
      return new Response(bytes.subarray(400), {
        status: 206,
        headers: { etag: '"1"', "content-range": "bytes 400-999/1000" },
      });
    }
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(bytes.subarray(0, 400)),
    });
    return new Response(body, { headers: { etag: '"1"' } });
  });
  const options = { store, limit: 1e6 };
  const address = `${server.address}/model?token=${TOKEN}`;
  {
    using _ = silentServers(() => 2);
    await rejects(
      download(address, options),
      UnknownModelError,
      "the connection broke after 400",
    );
  }
  assert.equal((await download(address, options)).size, 1000);
  assert.equal(ranges, 1);
});

Deno.test("a token in an address reaches every file, and no message", async () => {
  const model = makeLayersModel();
  const files = new Map<string, BodyInit>([
    ["model.json", JSON.stringify(model.modelJson)],
    ["classes.json", JSON.stringify([..."abcdefg"])],
    ["bad.safetensors", "bad"],
    ["empty.safetensors", ""],
    ["bad.h5", "bad"],
  ]);
  for (const [name, bytes] of model.shards) files.set(name, bytes as BodyInit);
  await using server = serve(({ name, token }) => {
    if (token !== TOKEN) return new Response("no", { status: 403 });
    const body = files.get(name);
    return new Response(body ?? "no", {
      status: body === undefined ? 404 : 200,
    });
  });
  const address = (name: string) => `${server.address}/${name}?token=${TOKEN}`;
  const { labels } = await loadNetwork(address("model.json"));
  assert.deepEqual(labels, [..."abcdefg"]);

  await using folder = await temporaryFolder();
  const store = fileStore(folder.path);
  const gone = server.address.replace(/\d+$/, "9");
  const failing: (() => Promise<unknown>)[] = [
    ...[
      "no",
      "no.h5",
      "no.onnx",
      "bad.safetensors",
      "empty.safetensors",
      "bad.h5",
    ]
      .map((name) => () => loadNetwork(address(name))),
    () => loadNetwork(new URL(address("no.safetensors"))),
    () => loadNetwork(`${gone}/model.json?token=${TOKEN}`),
    () => loadNetwork(`http://me:${TOKEN}@${gone.slice(7)}/model.json`),
    () => download(address("no"), { store, limit: 10 }),
    () => download(address("model.json"), { store, limit: 10 }),
    () =>
      download(address("bad.h5"), { store, limit: 10, sha256: "0".repeat(64) }),
    () => download(`${gone}/x?token=${TOKEN}`, { store, limit: 10 }),
  ];
  for (const fail of failing) {
    await assert.rejects(fail(), (error) => {
      assert.ok(error instanceof TotemError, String(error));
      for (let it: unknown = error; it instanceof Error; it = it.cause) {
        assert.ok(!it.message.includes(TOKEN), it.message);
      }
      return true;
    });
  }
});

/** The header of an archive's first file; its name follows. */
const ZIP = "PK\x03\x04".padEnd(30, "\0");

for (
  const [name, start, said] of [
    ["photo.jpg", "\xff\xd8\xff\xe0", "an image, not a model"],
    ["README.md", "# Totem", "not a model's file"],
    [
      "zip.h5",
      String.fromCharCode(...makeZip({ "a.txt": "a" })),
      "a ZIP archive, not a model",
    ],
    ["m.safetensors", "version https://git-lfs.github.com/", "git lfs pull"],
    ["m2.safetensors", "<!DOCTYPE html>", "a web page"],
    ["m.h5", "<html>", "a web page"],
    ["m.json", "\x1f\x8b\x08", "compressed by gzip"],
    ["m.ckpt.index", "\0\0", "a TensorFlow checkpoint"],
    ["checkpoint", "model_checkpoint_path: ", "list of TensorFlow checkpoints"],
    ["m.msgpack", "\x83", "weights of Flax"],
    ["m.pth", "\xfd7zXZ\0", "a compressed archive"],
    ["cut.pth", ZIP, "cut off or damaged: fetch it again"],
    ["fingerprint.pb", "\x08\x80", "SavedModel: give its folder"],
    ["variables.index", "\0\0", "SavedModel: give the folder"],
    ["variables.data-00000-of-00001", "\0\0", "SavedModel: give the folder"],
    ["m.onnx.data", "\0\0", "give the .onnx that lies beside it"],
    ["group1-shard1of1.bin", "\0\0", "give the model.json that lies beside it"],
    ["model.safetensors.index.json", '{"weight_map":{}}', "save_pretrained("],
    ["deno.json", '{"tasks":{}}', "JSON, but not a model"],
    ["list.json", '["a"]', "JSON, but not a model"],
    [
      "config.json",
      '{"architecture":"inception_v3"}',
      "not the model: give the folder of both",
    ],
  ] as const
) {
  Deno.test(`loadNetwork() says of ${name} that it is ${said}`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/${name}`;
    await Deno.writeFile(
      path,
      Uint8Array.from(start, (it) => it.charCodeAt(0)),
    );
    const error = await rejects(loadNetwork(path), TotemError, said);
    assert.ok(error.message.includes(`"${path}": it is `), error.message);
  });
}

Deno.test("loadNetwork() names the file of a folder that isn't a model", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/model.json`, "{}");
  await rejects(
    loadNetwork(`${folder.path}/`),
    CorruptWeightsError,
    `Cannot load the model "${folder.path}/model.json": it is JSON, but not`,
  );
});

for (
  const [name, bytes] of [
    ["weights", readH5("keras2_weights")],
    ["weights.safetensors", readH5("keras2_weights")],
  ] as const
) {
  Deno.test(`loadNetwork() reads a Keras file that is called ${name}`, async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/${name}`;
    await Deno.writeFile(path, bytes);
    const { architecture } = await loadNetwork(path);
    assert.equal(architecture.classes, importKerasH5(bytes).labels.length);
  });
}

Deno.test("loadNetwork() says which files a folder should have", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/other.txt`, "text");
  for (const path of [folder.path, `${folder.path}/`]) {
    const { message } = await rejects(
      loadNetwork(path),
      UnknownModelError,
      "it is a folder that has none of model.json, model.safetensors",
    );
    assert.equal(message.split(folder.path).length, 2, message);
  }
});

Deno.test("loadNetwork() names a damaged file, and says no more where its kind is right", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/cut.safetensors`;
  await Deno.writeFile(path, Uint8Array.of(64, 0, 0, 0, 0, 0, 0, 0, 123));
  const error = await rejects(loadNetwork(path), CorruptWeightsError, path);
  assert.match(error.message, /safetensors header as it must lie inside/);
});

Deno.test("a redirect to a host that isn't allowed is told as one", async () => {
  let target = "";
  await using server = serve(() => Response.redirect(target));
  const { port } = new URL(server.address);
  target = `http://localhost:${port}/there?token=${TOKEN}`;
  const { stderr, code } = await totem([
    "classify",
    "--model",
    `${server.address}/model.safetensors?token=${TOKEN}`,
    PHOTO,
  ], { permissions: ["--allow-read", `--allow-net=127.0.0.1:${port}`] });
  assert.equal(code, 1);
  assert.match(
    stderr,
    new RegExp(`redirects to localhost:${port}, which isn't allowed`),
  );
  assert.ok(!stderr.includes(TOKEN), stderr);
});

Deno.test("commands keep a token out of what they write", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  const model = makeLayersModel();
  await using server = serve(({ name, token }) =>
    token !== TOKEN
      ? new Response("no", { status: 404 })
      : name === "model.json"
      ? Response.json(model.modelJson)
      : name === "classes.json"
      ? Response.json([..."abcdefg"])
      : new Response(model.shards.get(name)! as BodyInit)
  );
  const address = `${server.address}/model.json`;
  const source = `${address}?token=${TOKEN}`;
  for (const label of ["a", "b"]) {
    await Deno.mkdir(`${path}/photos/${label}`, { recursive: true });
    await Deno.copyFile(PHOTO, `${path}/photos/${label}/drum.jpg`);
  }
  const used = ["--model", source, "--variant", "75"];
  const evaluate = ["evaluate", ...used, `${path}/photos`];
  for (
    const args of [
      ["convert", source, "--out", `${path}/parts.safetensors`],
      [...evaluate, "--resume", `${path}/results.jsonl`],
      [...evaluate, "--json", "--svg", `${path}/chart.svg`],
      [
        "index",
        ...used,
        "--out",
        `${path}/photos.safetensors`,
        `${path}/photos`,
      ],
    ]
  ) {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 0, stderr);
    assert.ok(!`${stdout}${stderr}`.includes(TOKEN), stdout + stderr);
  }
  for (
    const name of [
      "parts.safetensors",
      "results.jsonl",
      "chart.svg",
      "photos.safetensors",
    ]
  ) {
    const text = await Deno.readTextFile(`${path}/${name}`);
    assert.ok(text.includes(`${address}?…`), `${name} names its model`);
    assert.ok(!text.includes(TOKEN), name);
  }
});

/** Asserts a rejection with this type of error, whose text matches `said`. */
async function rejects<E extends Error>(
  promise: Promise<unknown>,
  // deno-lint-ignore no-explicit-any
  type: abstract new (...args: any[]) => E,
  said: string,
): Promise<E> {
  let found: E | undefined;
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof type, String(error));
    assert.ok(error.message.includes(said), error.message);
    found = error;
    return true;
  });
  return found!;
}

async function makePipe(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] })
    .output();
  assert.ok(success);
}

/** A request to a server. */
interface Asked {
  readonly name: string;
  readonly token: string | null;
  readonly headers: Headers;
}

function serve(answer: (asked: Asked) => Response | Promise<Response>) {
  const ending = new AbortController();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: ending.signal,
    onListen() {},
    onError: () => new Response(null, { status: 500 }),
  }, ({ url, headers }) => {
    const { pathname, searchParams } = new URL(url);
    const name = decodeURIComponent(pathname.slice(1));
    return answer({ name, token: searchParams.get("token"), headers });
  });
  return {
    address: `http://127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose]() {
      ending.abort();
      await server.finished;
    },
  };
}

Deno.test("loadNetwork() says of a model's address that a web page came of it", async () => {
  await using server = serve(() => new Response("<!DOCTYPE html><p>Home"));
  for (const name of ["m.h5", "m.json", "m.safetensors"]) {
    const address = `${server.address}/${name}`;
    const error = await rejects(loadNetwork(address), TotemError, "a web page");
    assert.ok(error.message.includes(`"${address}"`), error.message);
    assert.doesNotMatch(error.message, /classes\.json/);
  }
});

Deno.test("loadNetwork() takes labels that a server answers with a web page for absent", async () => {
  const model = readH5("keras2_weights");
  await using server = serve(({ name }) =>
    new Response(name.endsWith(".h5") ? model : "<html>Home")
  );
  const network = await loadNetwork(`${server.address}/m.h5`);
  assert.equal(network.labels[0], "class 0");
});

Deno.test("loadNetwork() names the path that was given where nothing is", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/m.onnx`;
  const error = await rejects(loadNetwork(path), UnknownModelError, path);
  assert.match(error.message, /m\.onnx": there is no such file\. Should be/);
});

Deno.test("loadNetwork() says of a search index that it is one", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/photos.safetensors`;
  const model = { name: "m", size: 75, pattern: new Uint8Array(4) };
  const { stream } = writeIndex(await SearchIndex.create({ model, root: "" }));
  await Deno.writeFile(path, stream);
  await rejects(loadNetwork(path), CorruptWeightsError, "a search index");
});
