/** Models of several files at an address, while their server is unreachable. */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { UnknownModelError } from "../../../src/errors.ts";
import { modelMetadata } from "../../../src/model/mod.ts";
import { fileStore, loadNetwork } from "../../../src/weights/mod.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const MODELS = new URL("../../data/models/", import.meta.url);

for (
  const source of [
    "keras/flat.keras",
    "keras/flat.weights.h5",
    "timm/hub",
    "timm/hub/model.safetensors",
    "onnx/torch213_opset20.onnx",
    "tf/saved_model",
    "tf/saved_model/saved_model.pb",
  ]
) {
  for (const etag of [true, false]) {
    Deno.test(`${source} that is kept is used without its server, ${etag ? "which gave an ETag" : "which gave no ETag"}`, async () => {
      await using folder = await temporaryFolder();
      const warnings: string[] = [];
      const store = fileStore(folder.path, {
        onWarning: (message) => warnings.push(message),
      });
      const server = serveModels(etag);
      const load = () => loadNetwork(`${server.address}/${source}`, { store });
      const { labels, ...network } = await load();
      await server.close();
      const kept = await store.list();
      assert.deepEqual(warnings, []);
      for (let i = 0; i < 2; i++) {
        const again = await load();
        assert.deepEqual(again.labels, labels);
        assert.deepEqual(
          modelMetadata(again),
          modelMetadata({ ...network, labels }),
        );
        assert.match(
          warnings.pop()!,
          /^Cannot (check|look for) http.* kept.*: Cannot reach http/,
        );
        assert.deepEqual(warnings, []);
      }
      assert.deepEqual(await store.list(), kept);
    });
  }
}

Deno.test("a part that a model needs and that isn't kept is an error without the server, and the rest stays kept", async () => {
  for (
    const [source, part] of [
      ["onnx/torch213_opset20.onnx", "torch213_opset20.onnx.data"],
      ["tf/saved_model", "variables.index"],
    ] as const
  ) {
    for (const etag of [true, false]) {
      await using folder = await temporaryFolder();
      const store = fileStore(folder.path, { onWarning() {} });
      const server = serveModels(etag);
      const load = () => loadNetwork(`${server.address}/${source}`, { store });
      await load();
      await server.close();
      const { reference } = (await store.list())
        .find((it) => it.reference.endsWith(part))!;
      await store.remove(reference);
      const kept = await store.list();
      await assert.rejects(load(), (error) => {
        assert.ok(error instanceof UnknownModelError);
        const text = `${part}, which isn't kept: Cannot reach http`;
        assert.ok(error.message.includes(text), error.message);
        return true;
      });
      assert.deepEqual(await store.list(), kept);
    }
  }
});

Deno.test("a server that fails to bring the labels of a model that is kept is an error", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.path);
  const bytes = gunzipSync(
    await Deno.readFile(new URL("keras/flat.keras.gz", MODELS)),
  );
  for (const headers of [{ etag: '"1"' }, {}]) {
    let status = 404;
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      ({ url, headers: asked }) =>
        !url.endsWith("/flat.keras")
          ? new Response("no", { status })
          : asked.has("if-none-match")
          ? new Response(null, { status: 304 })
          : new Response(new Uint8Array(bytes), { headers }),
    );
    const load = () =>
      loadNetwork(`http://127.0.0.1:${server.addr.port}/flat.keras`, { store });
    await load();
    status = 500;
    await assert.rejects(load(), /classes\.json: the server answered 500$/);
    status = 404;
    await load();
  }
});

Deno.test("where nothing is kept, a server that can't be reached is asked once, and is the error", async () => {
  await using folder = await temporaryFolder();
  const warnings: string[] = [];
  const store = fileStore(folder.path, {
    onWarning: (message) => warnings.push(message),
  });
  const server = serveModels(true);
  await server.close();
  for (const source of ["timm/hub", "timm/hub/", "keras/flat.keras"]) {
    await assert.rejects(
      loadNetwork(`${server.address}/${source}`, { store }),
      {
        name: "UnknownModelError",
        message: /"http\S+": (nothing answers|Cannot reach http)/,
      },
    );
  }
  assert.deepEqual(warnings, []);
});

Deno.test({
  name: "models of several files that are kept need no network access",
  permissions: { net: ["127.0.0.1"], read: true, write: true },
  async fn() {
    await using folder = await temporaryFolder();
    const warnings: string[] = [];
    const store = fileStore(folder.path, {
      onWarning: (message) => warnings.push(message),
    });
    await using server = serveModels(false);
    const sources = ["keras/flat.keras", "timm/hub", "tf/saved_model"];
    const load = (source: string) =>
      loadNetwork(`${server.address}/${source}`, { store });
    for (const source of sources) await load(source);
    // This process can't download it again.
    await Deno.permissions.revoke({ name: "net", host: "127.0.0.1" });
    for (const source of sources) {
      await load(source);
      assert.match(
        warnings.pop()!,
        /the permission --allow-net=127\.0\.0\.1:\d+ is not given$/,
      );
      assert.deepEqual(warnings, []);
    }
    // A model that isn't cached is refused as usual, so that the command line names the
    // flag.
    await assert.rejects(load("timm/hub_max"), { name: "NotCapable" });
  },
});

/** Serves the files of `tests/data/models`, unpacked. */
function serveModels(hasETag: boolean) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async ({ url, headers }) => {
      const etag = '"1"';
      const path = new URL(`.${new URL(url).pathname}`, MODELS);
      const packed = await Deno.readFile(new URL(`${path}.gz`)).then(
        (bytes) => new Uint8Array(gunzipSync(bytes)),
        () => null,
      );
      const bytes = packed ?? await Deno.readFile(path).catch(() => null);
      if (bytes === null) return new Response("no", { status: 404 });
      return headers.get("if-none-match") === etag
        ? new Response(null, { status: 304 })
        : new Response(bytes, { headers: hasETag ? { etag } : {} });
    },
  );
  const close = () => server.shutdown();
  return {
    address: `http://127.0.0.1:${server.addr.port}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}
