import assert from "node:assert/strict";
import {
  AbortedError,
  CorruptWeightsError,
  UnknownModelError,
} from "../../../src/errors.ts";
import {
  fileStore,
  loadNetwork,
  type LoadNetworkOptions,
  type Store,
  writeNetwork,
} from "../../../src/weights/mod.ts";
import { narrowNetwork } from "../../backends/simd/narrow_file.ts";
import { readH5 } from "../../keras_h5.ts";
import { makeLayersModel } from "../../layers_model.ts";
import { namesIn, temporaryFolder } from "./temporary_folder.ts";

const TOTEM = new Uint8Array(
  await new Response(writeNetwork(await narrowNetwork()).stream).arrayBuffer(),
);

Deno.test("a model at an address is downloaded once if the server gives neither ETag nor date", async () => {
  await withServer(async ({ files, requests, load, store }) => {
    files.set("/m.safetensors", { body: TOTEM });
    const steps: number[] = [];
    const onProgress = (done: number, total: number) =>
      steps.push(done / total);
    const first = await load("m.safetensors", { onProgress });
    assert.equal(steps.at(-1), 1);
    assert.ok(steps.every((it, i) => i === 0 || it > steps[i - 1]!));
    const second = await load("m.safetensors", { onProgress });
    assert.deepEqual(second.labels, first.labels);
    assert.equal(steps.at(-1), 1);
    assert.equal(requests.length, 1);
    assert.equal((await store.list()).length, 1);
  });
});

for (const header of ["etag", "last-modified"] as const) {
  Deno.test(`a model that is kept is asked for by its ${header}, and renewed when it has changed`, async () => {
    await withServer(async ({ files, requests, load, store, folder }) => {
      const hash = async () => (await store.list()).at(-1)!.sha256;
      const [old, fresh] = header === "etag"
        ? ['W/"1"', 'W/"2"']
        : ["Sat, 28 Nov 2026 08:00:00 GMT", "Sat, 28 Nov 2026 09:00:00 GMT"];
      files.set("/m.h5", { body: readH5("keras2_weights"), [header]: old });
      files.set("/classes.json", { body: '["a","b","c","d","e"]' });
      const before = await load("m.h5");
      const first = await hash();
      const again = await load("m.h5");
      assert.deepEqual(
        again.weights("Conv2d_1a_3x3"),
        before.weights("Conv2d_1a_3x3"),
      );
      assert.deepEqual(requests.map(({ path, asked }) => [path, asked]), [
        ["/m.h5", null],
        ["/classes.json", null],
        ["/m.h5", old],
      ]);
      files.set("/m.h5", { body: readH5("keras3_weights"), [header]: fresh });
      files.set("/classes.json", { body: '["f","g","h","i","j"]' });
      const changed = await load("m.h5");
      assert.notEqual(await hash(), first);
      // Nothing of the former model is used for the changed one.
      assert.deepEqual(changed.labels, ["f", "g", "h", "i", "j"]);
      // None of its files is left, either.
      assert.equal((await namesIn(folder)).length, 4);
      assert.equal((await load("m.h5")).labels[0], "f");
      assert.equal(requests.at(-1)!.asked, fresh);
    });
  });
}

Deno.test("a model that is kept is used where the server can't be asked, with one warning", async () => {
  const model = makeLayersModel();
  await withServer(async ({ files, load, close, warnings }) => {
    files.set("/model.json", {
      body: JSON.stringify(model.modelJson),
      etag: '"1"',
    });
    files.set("/classes.json", {
      body: '["a","b","c","d","e","f","g"]',
      etag: '"1"',
    });
    for (const [name, bytes] of model.shards) {
      files.set(`/${name}`, { body: bytes.slice(), etag: '"1"' });
    }
    const { labels } = await load("");
    assert.deepEqual(warnings, []);
    for (const status of [404, 500]) {
      for (const it of files.values()) it.status = status;
      assert.deepEqual((await load("")).labels, labels);
      assert.match(
        warnings.pop()!,
        new RegExp(
          `^Cannot check http://.*/model.json for a newer file, so the one kept since 20\\d\\d-\\d\\d-\\d\\d is used: .* answered ${status}$`,
        ),
      );
      assert.deepEqual(warnings, []);
    }
    await close();
    assert.deepEqual((await load("")).labels, labels);
    assert.match(warnings.pop()!, /Cannot reach/);
    assert.deepEqual(warnings, []);
  });
});

Deno.test("no older part of a model that has changed is used, whatever the server does", async () => {
  const model = makeLayersModel();
  const shard = [...model.shards.keys()].at(-1)!;
  await withServer(async ({ files, load }) => {
    files.set("/model.json", {
      body: JSON.stringify(model.modelJson),
      etag: '"1"',
    });
    for (const [name, bytes] of model.shards) {
      files.set(`/${name}`, { body: bytes.slice(), etag: '"1"' });
    }
    const before = await load("");
    // Only the weights are new, and the last shard is unavailable.
    for (const name of model.shards.keys()) {
      const it = files.get(`/${name}`)!;
      it.body = (it.body as Uint8Array<ArrayBuffer>).map((byte, i) =>
        i % 4 === 0 ? byte ^ 1 : byte
      );
      it.etag = '"2"';
    }
    files.get(`/${shard}`)!.status = 500;
    await assert.rejects(load(""), UnknownModelError);
    files.get(`/${shard}`)!.status = 200;
    assert.notDeepEqual(
      (await load("")).weights("Conv2d_1a_3x3").kernel,
      before.weights("Conv2d_1a_3x3").kernel,
    );
  });
});

Deno.test("a download that broke goes on, and so does one of a newer file", async () => {
  await withServer(async ({ files, requests, load, warnings }) => {
    const file: ServedFile = { body: TOTEM, etag: '"1"', cutAfter: 50_000 };
    files.set("/m.safetensors", file);
    await assert.rejects(load("m.safetensors"), UnknownModelError);
    delete file.cutAfter;
    const { labels } = await load("m.safetensors");
    assert.equal(requests.at(-1)!.range, "bytes=50000-");

    file.etag = '"2"';
    file.cutAfter = 60_000;
    assert.deepEqual((await load("m.safetensors")).labels, labels);
    assert.match(warnings.pop()!, /broke after 60000 of \d+ bytes$/);
    delete file.cutAfter;
    await load("m.safetensors");
    assert.deepEqual(
      requests.slice(-2).map(({ asked, range }) => [asked, range]),
      [['"1"', null], [null, "bytes=60000-"]],
    );
    await load("m.safetensors");
    assert.equal(requests.at(-1)!.asked, '"2"');
    assert.deepEqual(warnings, []);
  });
});

Deno.test("a file that isn't a model isn't kept, and damage is repaired", async () => {
  await withServer(async ({ files, requests, load, store, folder }) => {
    for (const name of ["m.safetensors", "m.h5", "model.json"]) {
      files.set(`/${name}`, { body: "<!DOCTYPE html><p>Log in", etag: '"1"' });
      await assert.rejects(load(name), CorruptWeightsError);
      assert.deepEqual(await store.list(), []);
    }
    // An HTML page instead of labels counts as absent.
    files.set("/m.h5", { body: readH5("keras2_weights"), etag: '"1"' });
    files.set("/classes.json", { body: "<!DOCTYPE html><p>Log in" });
    assert.equal((await load("m.h5")).labels[0], "class 0");
    const records = await store.list();
    assert.deepEqual(records.map((it) => new URL(it.reference).pathname), [
      "/m.h5",
    ]);
    // Damage that a quick check misses, while the server reports that nothing has
    // changed.
    const path = `${folder}/${records[0]!.sha256}.safetensors`;
    const { mtime } = await Deno.stat(path);
    const bytes = await Deno.readFile(path);
    bytes.fill(0, 0, 1000);
    await Deno.writeFile(path, bytes);
    await Deno.utime(path, mtime!, mtime!);
    const count = requests.length;
    assert.equal((await load("m.h5")).labels.length, 5);
    assert.equal((await load("m.h5")).labels.length, 5);
    assert.ok(requests.length > count + 2);
  });
});

Deno.test("a model that is corrupt leaves the names that another one beside it uses, unless they are damaged", async () => {
  await withServer(async ({ files, load, store, folder, close }) => {
    const h5 = readH5("keras2_weights");
    files.set("/m.h5", { body: h5 });
    files.set("/cut.h5", { body: h5.slice(0, h5.length >> 1) });
    files.set("/classes.json", { body: '["a","b","c","d","e"]', etag: '"1"' });
    const kept = async () =>
      (await store.list()).map((it) => new URL(it.reference).pathname).sort();
    await assert.rejects(load("cut.h5"), CorruptWeightsError);
    assert.deepEqual(await kept(), []);
    await load("m.h5");
    await assert.rejects(load("cut.h5"), CorruptWeightsError);
    assert.deepEqual(await kept(), ["/classes.json", "/m.h5"]);

    // Damage that a quick check misses.
    const { sha256 } = (await store.list())
      .find((it) => it.reference.endsWith("/classes.json"))!;
    const path = `${folder}/${sha256}.safetensors`;
    const { mtime, size } = await Deno.stat(path);
    await Deno.writeFile(path, new Uint8Array(size));
    await Deno.utime(path, mtime!, mtime!);
    files.set("/m2.h5", { body: h5 });
    assert.equal((await load("m2.h5")).labels[0], "a");
    assert.deepEqual(await kept(), ["/m.h5"]);

    await load("m.h5");
    await close();
    assert.equal((await load("m.h5")).labels[0], "a");
  });
});

Deno.test("a sound model stays kept when the caller's labels don't fit it", async () => {
  await withServer(async ({ files, requests, load }) => {
    files.set("/m.safetensors", { body: TOTEM });
    for (let i = 0; i < 2; i++) {
      await assert.rejects(
        load("m.safetensors", { labels: ["one"] }),
        /with 1 name/,
      );
    }
    assert.equal(requests.length, 1);
  });
});

Deno.test("a file with more than maxBytes is refused, and kept nowhere", async () => {
  await withServer(async ({ files, load, store }) => {
    const h5 = readH5("keras2_weights");
    files.set("/m.safetensors", { body: TOTEM });
    files.set("/m.h5", { body: h5 });
    for (
      const [name, { length }] of [["m.safetensors", TOTEM], [
        "m.h5",
        h5,
      ]] as const
    ) {
      for (const isUnknown of [false, true]) {
        files.get(`/${name}`)!.isUnknown = isUnknown;
        for (const options of [{}, { store: false }] as const) {
          await assert.rejects(
            load(name, { ...options, maxBytes: length - 1 }),
            {
              name: "CorruptWeightsError",
              message: new RegExp(
                `must have <= ${length - 1} bytes: it has more`,
              ),
            },
          );
        }
        assert.deepEqual(await store.list(), []);
      }
      await load(name, { maxBytes: length });
      await load(name, { maxBytes: length, store: false });
      // Cached files are checked against it, too.
      const kept = await store.list();
      await assert.rejects(load(name, { maxBytes: length - 1 }));
      assert.deepEqual(await store.list(), kept);
      for (const { reference } of await store.list()) {
        await store.remove(reference);
      }
    }
    for (const maxBytes of [0, NaN, "1MB" as unknown as number]) {
      await assert.rejects(load("m.h5", { maxBytes }), {
        name: "ArgumentError",
      });
    }
  });
});

Deno.test("loading by way of a store heeds its signal, and keeps nothing with false", async () => {
  await withServer(async ({ files, load, store }) => {
    files.set("/m.safetensors", { body: TOTEM, etag: '"1"' });
    await load("m.safetensors", { store: false });
    assert.deepEqual(await store.list(), []);
    await load("m.safetensors");
    const signal = AbortSignal.abort(new Error("gone"));
    await assert.rejects(load("m.safetensors", { signal }), AbortedError);
    await assert.rejects(
      load("m.safetensors", { store: true as unknown as Store }),
      { name: "ArgumentError", message: /or false: current value is true/ },
    );
  });
});

Deno.test({
  name: "without network access a kept model is used, and nobody is asked",
  permissions: { net: ["127.0.0.1"], read: true, write: true },
  async fn() {
    await withServer(async ({ files, load, warnings }) => {
      files.set("/m.safetensors", { body: TOTEM, etag: '"1"' });
      await load("m.safetensors");
      // This process can't download it again.
      await Deno.permissions.revoke({ name: "net", host: "127.0.0.1" });
      await load("m.safetensors");
      assert.match(
        warnings.pop()!,
        /the permission --allow-net=127\.0\.0\.1:\d+ is not given$/,
      );
    });
  },
});

interface ServedFile {
  body: string | Uint8Array<ArrayBuffer>;
  etag?: string;
  "last-modified"?: string;
  status?: number;
  /** The number of bytes after which the connection breaks. */
  cutAfter?: number;
  /** Whether the server omits the content length. */
  isUnknown?: boolean;
}

interface Served {
  /** Served files, by path. */
  readonly files: Map<string, ServedFile>;
  readonly requests: {
    readonly path: string;
    /** The validator of a conditional request. */
    readonly asked: string | null;
    readonly range: string | null;
  }[];
  readonly warnings: string[];
  readonly store: Store;
  readonly folder: string;
  load(
    name: string,
    options?: LoadNetworkOptions,
  ): ReturnType<typeof loadNetwork>;
  close(): Promise<void>;
}

async function withServer(use: (served: Served) => Promise<void>) {
  const files: Served["files"] = new Map();
  const requests: Served["requests"] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url, headers }) => {
      const { pathname: path } = new URL(url);
      const file = files.get(path);
      const asked = headers.get("if-none-match") ??
        headers.get("if-modified-since");
      const range = headers.get("range");
      // Requests for missing labels aren't of interest.
      if (file) requests.push({ path, asked, range });
      return file ? answer(file, asked, range) : answer(ABSENT, null, null);
    },
  );
  await using folder = await temporaryFolder();
  const warnings: string[] = [];
  const store = fileStore(folder.path, {
    onWarning: (message) => warnings.push(message),
  });
  const address = `http://127.0.0.1:${server.addr.port}/`;
  try {
    await use({
      files,
      requests,
      warnings,
      store,
      folder: folder.path,
      load: (name, options) =>
        loadNetwork(address + name, { store, ...options }),
      close: () => server.shutdown(),
    });
  } finally {
    await server.shutdown();
  }
}

const ABSENT: ServedFile = { body: "no", status: 404 };

function answer(
  { body, status = 200, cutAfter, isUnknown, ...versions }: ServedFile,
  asked: string | null,
  range: string | null,
): Response {
  // Some servers send a version with errors, too.
  if (status !== 200) return new Response("no", { status, headers: versions });
  const headers = new Headers();
  for (const [name, value] of Object.entries(versions)) {
    headers.set(name, value);
    if (value === asked) return new Response(null, { status: 304 });
  }
  const bytes = typeof body === "string"
    ? new TextEncoder().encode(body)
    : body;
  const start = Number(range?.match(/\d+/)?.[0] ?? 0);
  const rest = bytes.subarray(start);
  headers.set("content-length", `${rest.length}`);
  if (range) {
    headers.set(
      "content-range",
      `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
    );
  }
  if (isUnknown) return new Response(new Blob([rest]).stream());
  return new Response(cutAfter === undefined ? rest : cut(rest, cutAfter), {
    status: range ? 206 : 200,
    headers,
  });
}

/** The first bytes of `body`, with a premature end of the stream. */
function cut(body: Uint8Array, after: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      if (after > 0) controller.enqueue(body.slice(0, after));
      else {
        // The data must arrive before the connection closes.
        await new Promise((resolve) => setTimeout(resolve, 20));
        controller.close();
      }
      after = 0;
    },
  }, { highWaterMark: 0 });
}
