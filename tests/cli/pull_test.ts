import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { fileStore, writeNetwork } from "../../src/weights/mod.ts";
import { writeSafetensors } from "../../src/weights/safetensors/write.ts";
import { storeKey } from "../../src/weights/known_quantized.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { encodeTensor, makeStateDict } from "../torchvision_model.ts";
import { unpackModel } from "../weights/real_files.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";
import { run } from "./in_process.ts";
import { testInDeno } from "./program.ts";
import { totem } from "./totem.ts";

const PHOTO = fileURLToPath(
  new URL("../../examples/photos/drum.jpg", import.meta.url),
);

Deno.test("totem pull --verify and totem models hash what is cached, and find damage that leaves size and time", async () => {
  await using cache = await cachedModel();
  const sound = await cache.run(["pull", "nsfw", "--verify"]);
  assert.equal(sound.code, 0, sound.stderr);
  assert.match(sound.stdout, new RegExp(`SHA-256 ${cache.sha256}\n$`));
  const listed = await cache.run(["models"]);
  assert.match(listed.stdout, new RegExp(`int8, SHA-256 ${cache.sha256}\n`));

  await cache.damage();
  const damaged = await cache.run(["pull", "nsfw", "--verify"]);
  assert.equal(damaged.code, 1);
  assert.equal(damaged.stdout, "");
  assert.match(
    damaged.stderr,
    new RegExp(
      `^warning nsfw: .* SHA-256 must be ${cache.sha256}: it is .* deleted.*\nerror nsfw: no sound file is cached: totem pull nsfw fetches one\n$`,
    ),
  );

  await cache.put();
  await cache.damage();
  const { code, stdout, stderr } = await cache.run(["models", "--json"]);
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout.split("\n")[0]!).cached, null);
  assert.match(stderr, /^warning nsfw: /);
});

Deno.test("totem pull says what a cached file's SHA-256 is without fetching anything", async () => {
  await using cache = await cachedModel();
  const { code, stdout } = await cache.run(["pull", "nsfw"]);
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`SHA-256 ${cache.sha256}\n$`));
});

Deno.test("a model at an address is cached by all commands, listed, checked and removed", async () => {
  await using cache = await cachedModel();
  let requests = 0;
  let isDown = false;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url, headers }) => {
      if (isDown) return new Response("no", { status: 503 });
      if (!url.endsWith("/m.safetensors?token=s3cret")) {
        return new Response("no", { status: 404 });
      }
      requests++;
      const etag = '"1"';
      return headers.get("if-none-match") === etag
        ? new Response(null, { status: 304 })
        : new Response(cache.bytes, { headers: { etag } });
    },
  );
  const shown = `http://127.0.0.1:${server.addr.port}/m.safetensors?…`;
  const address = shown.replace("…", "token=s3cret");
  const classify = () =>
    cache.run(["classify", "--variant", "75", "--model", address, PHOTO]);
  try {
    const missing = await cache.run(["pull", address, "--verify"]);
    assert.equal(missing.code, 1);
    assert.equal(requests, 0);
    const first = await classify();
    assert.equal(first.code, 0, first.stderr);
    assert.equal((await classify()).stdout, first.stdout);
    const note = `Downloading ${shown}\n`;
    assert.ok(first.stderr.startsWith(note), first.stderr);
    assert.ok(!(await classify()).stderr.includes(note));
    assert.equal(requests, 3); // The second request asks whether it has changed.
    const line = (state: string) =>
      `${shown}: ${state}, 0.2 MB, SHA-256 ${cache.sha256}\n`;
    const verified = await cache.run(["pull", address, "--verify"]);
    assert.equal(verified.stdout, line("sound"));
    assert.equal(requests, 3);
    const again = await cache.run(["pull", address]);
    assert.equal(again.stdout, line("already cached and sound"));
    assert.equal(requests, 4);

    isDown = true;
    const offline = await classify();
    assert.equal(offline.stdout, first.stdout);
    assert.match(
      offline.stderr,
      /^warning Cannot check .*\?… for a newer file, so the one kept since .*503$/m,
    );
    const listed = await cache.run(["models"]);
    assert.ok(listed.stdout.includes(`\n${shown}\n  cached   0.2 MB since 20`));
    assert.ok(!listed.stdout.includes("s3cret"));
    const json = (await cache.run(["models", "--json"])).stdout.trim().split(
      "\n",
    );
    assert.equal(JSON.parse(json.at(-1)!).address, shown);
    assert.equal(JSON.parse(json.at(-1)!).cached.sha256, cache.sha256);

    for (const code of [0, 1]) {
      assert.equal((await cache.run(["models", "--remove", shown])).code, code);
    }
    isDown = false;
    const pulled = await cache.run(["pull", address]);
    assert.equal(pulled.stdout, line("downloaded"));
    isDown = true;
    assert.equal((await cache.run(["models", "--remove", shown])).code, 0);
    assert.equal((await classify()).code, 1);
    // Models under other names stay.
    assert.equal((await cache.run(["pull", "nsfw", "--verify"])).code, 0);
  } finally {
    await server.shutdown();
  }
});

Deno.test("totem pull keeps a model that can't be loaded without an option", async () => {
  await using cache = await cachedModel();
  const state = makeStateDict();
  const { stream } = writeSafetensors(
    new Map(),
    ["student", "teacher"].flatMap((key) =>
      [...state].map(([name, tensor]) => ({
        ...tensor,
        name: `${key}.${name}`,
        data: () => encodeTensor(tensor),
      }))
    ),
  );
  const bodies = new Map([
    ["/two.safetensors", await new Response(stream).bytes()],
    ["/bce.safetensors", unpackModel("torch/bce_1.safetensors")],
  ]);
  const downloads: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => {
      const path = new URL(url).pathname;
      const body = bodies.get(path);
      if (body) downloads.push(path);
      return new Response(body && body.slice(), { status: body ? 200 : 404 });
    },
  );
  for (
    const [name, ...option] of [
      ["two", "--state-dict", "teacher"],
      ["bce", "--activation", "sigmoid"],
    ]
  ) {
    const address = `http://127.0.0.1:${server.addr.port}/${name}.safetensors`;
    const refused = await cache.run(["pull", address]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, new RegExp(option[0]!));
    const pulled = await cache.run(["pull", address, ...option]);
    assert.equal(pulled.code, 0, pulled.stderr);
    assert.ok(pulled.stdout.startsWith(`${address}: `), pulled.stdout);
    assert.equal((await cache.run(["pull", address, "--verify"])).code, 0);
    for (const others of [["nsfw"], [address, "--verify"]]) {
      const { code, stderr } = await cache.run(["pull", ...others, ...option]);
      assert.equal(code, 2);
      assert.match(stderr, /Cannot use --/);
    }
  }
  assert.deepEqual(downloads, [...bodies.keys()]);
});

Deno.test("totem models --remove forgets a known model, by an alias too", async () => {
  await using cache = await cachedModel("imagenet-keras");
  const listed = await cache.run(["models"]);
  assert.match(listed.stdout, /\nimagenet-keras or imagenet {2}ImageNet, 1000/);
  assert.ok(listed.stdout.includes(cache.sha256));
  const { code, stdout } = await cache.run(["models", "--remove", "imagenet"]);
  assert.deepEqual([code, stdout], [0, "imagenet: removed 0.2 MB\n"]);
  assert.equal((await cache.run(["pull", "imagenet", "--verify"])).code, 1);
});

Deno.test("totem pull --verify of a folder finds damage in a SavedModel's variables, and that its graph isn't kept", async () => {
  await using cache = await cachedModel();
  const store = fileStore(cache.path);
  const address = "http://127.0.0.1:8/saved";
  const names = ["saved_model.pb", "variables/variables.index"];
  const put = async () => {
    for (const name of names) {
      await store.put(`${address}/${name}`, new TextEncoder().encode(name));
    }
  };
  const verify = async () =>
    (await cache.run(["pull", address, "--verify"])).code;
  for (const name of names) {
    await put();
    assert.equal(await verify(), 0);
    const { sha256 } = (await store.list())
      .find((it) => it.reference === `${address}/${name}`)!;
    const path = `${cache.path}/${sha256}.safetensors`;
    const { mtime, size } = await Deno.stat(path);
    await Deno.writeFile(path, new Uint8Array(size));
    await Deno.utime(path, mtime!, mtime!);
    assert.equal(await verify(), 1, name);
  }
  await put();
  await store.remove(`${address}/saved_model.pb`);
  assert.equal(await verify(), 1);
  assert.equal((await cache.run(["models", "--remove", address])).code, 0);
  assert.equal((await store.list()).length, 1);
});

Deno.test("totem models --remove leaves what another model of the folder uses, too", async () => {
  await using cache = await cachedModel();
  const store = fileStore(cache.path);
  const folder = "http://127.0.0.1:8/q";
  for (const name of ["t.onnx", "t2.onnx", "classes.json", "t.onnx.data"]) {
    const bytes = new TextEncoder().encode(name);
    await store.put(`${folder}/${name}`, bytes);
  }
  await store.put("http://127.0.0.1:8/r/t.onnx", new Uint8Array(1));
  const remove = async (name: string) => {
    const { code } = await cache.run(["models", "--remove", folder + name]);
    assert.equal(code, 0);
    const names = (await store.list()).map((it) => it.reference);
    return names.filter((it) => it.startsWith(folder))
      .map((it) => it.slice(folder.length + 1)).sort();
  };
  assert.deepEqual(await remove("/t.onnx"), ["classes.json", "t2.onnx"]);
  assert.deepEqual(await remove("/t2.onnx"), []);
  await store.put(`${folder}/t.onnx`, new Uint8Array(2));
  await store.put(`${folder}/classes.json`, new Uint8Array(3));
  assert.deepEqual(await remove("/classes.json"), ["t.onnx"]);
});

Deno.test("totem pull names what was meant, and what it takes", async () => {
  for (
    const [source, message] of [
      ["nsfl", /Unknown model "nsfl": did you mean nsfw\?/],
      ["weather", /Should be an address or one of: nsfw, imagenet-keras, im/],
      ["ftp://a.example/m.h5", /must begin with https: or http:/],
    ] as const
  ) {
    const { code, stderr } = await run(["pull", source]);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
});

testInDeno(
  "totem pull without a permission fails before it downloads, and says which",
  async () => {
    await using folder = await temporaryFolder();
    const env = { TOTEM_CACHE: `${folder.path}/cache` };
    const args = ["pull", "http://127.0.0.1:8/m.safetensors"];
    for (
      const [permissions, kind] of [
        [[], "env"],
        [["--allow-env"], "read"],
        [["--allow-env", "--allow-read"], "write"],
        [["--allow-env", "--allow-read", "--allow-write"], "net"],
      ] as const
    ) {
      const { code, stderr } = await totem(args, { env, permissions });
      assert.equal(code, 1);
      assert.match(
        stderr,
        new RegExp(`^error Cannot go on without ${kind} access to `, "m"),
      );
      assert.ok(!stderr.includes("warning"), stderr);
      // Nothing is downloaded.
      assert.ok(!stderr.includes("Downloading"), stderr);
    }
  },
);

testInDeno(
  "totem models --remove without a permission removes nothing, and says which",
  async () => {
    await using cache = await cachedModel();
    const env = { TOTEM_CACHE: cache.path };
    const args = ["models", "--remove", "nsfw"];
    for (
      const [permissions, kind] of [
        [["--allow-env"], "read"],
        [["--allow-env", "--allow-read"], "write"],
      ] as const
    ) {
      const { code, stderr } = await totem(args, { env, permissions });
      assert.equal(code, 1);
      assert.match(
        stderr,
        new RegExp(`^error Cannot go on without ${kind} access to `),
      );
      assert.ok(!stderr.includes("    at "), stderr);
    }
    assert.equal((await cache.run(["pull", "nsfw", "--verify"])).code, 0);
  },
);

Deno.test("totem models --remove names what was meant", async () => {
  await using cache = await cachedModel();
  const { code, stderr } = await cache.run(["models", "--remove", "nsfv"]);
  assert.equal(code, 2);
  assert.match(stderr, /^error Unknown model "nsfv": did you mean nsfw\?\n/);
});

testInDeno(
  "totem models says that it can't know what is cached, and why",
  async () => {
    await using cache = await cachedModel();
    const env = { TOTEM_CACHE: cache.path };
    for (
      const [permissions, flags] of [
        [[], "--allow-read --allow-env=TOTEM_CACHE,"],
        [["--allow-env"], "--allow-read\n"],
      ] as const
    ) {
      const { code, stdout, stderr } = await totem(["models"], {
        env,
        permissions,
      });
      assert.equal(code, 0);
      assert.match(
        stdout,
        /^ {2}cached {3}unknown; 25\.3 MB to download if not$/m,
      );
      assert.doesNotMatch(stdout, /cached {3}no/);
      const warning =
        `warning Cannot see what is cached: run again with ${flags}`;
      assert.ok(stderr.startsWith(warning), stderr);
      const json = await totem(["models", "--json"], { env, permissions });
      assert.ok(!("cached" in JSON.parse(json.stdout.split("\n")[0]!)));
    }
  },
);

/** A cache folder with a small model under the name `nsfw`. */
async function cachedModel(name = "nsfw") {
  const folder = await temporaryFolder();
  const network = await narrowNetwork();
  const put = async () => {
    const { stream } = writeNetwork(network);
    return await fileStore(folder.path).put(storeKey(name), stream);
  };
  const { sha256 } = await put();
  const bytes = await Deno.readFile(`${folder.path}/${sha256}.safetensors`);
  return {
    path: folder.path,
    sha256,
    bytes,
    put,
    /** Changes the file's bytes, but not its size and time. */
    async damage() {
      const path = `${folder.path}/${sha256}.safetensors`;
      const { mtime } = await Deno.stat(path);
      const bytes = await Deno.readFile(path);
      await Deno.writeFile(path, bytes.fill(0, bytes.length >> 1));
      await Deno.utime(path, mtime!, mtime!);
    },
    /** Runs a command with this cache. */
    run: (args: readonly string[]) =>
      run(args, { env: { TOTEM_CACHE: folder.path } }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
