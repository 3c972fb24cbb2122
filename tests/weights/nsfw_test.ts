import assert from "node:assert/strict";
import {
  AbortedError,
  CorruptWeightsError,
  UnknownModelError,
} from "../../src/errors.ts";
import { modelMetadata } from "../../src/model/mod.ts";
import type { KnownModelOptions } from "../../src/weights/mod.ts";
import { fileStore, type Store } from "../../src/weights/mod.ts";
import type { NpmPackage } from "../../src/weights/npm_package.ts";
import { loadNsfw } from "../../src/weights/nsfw.ts";
import { asInPage } from "../as_in_page.ts";
import { makeLayersModel } from "../layers_model.ts";
import { importLayersModel } from "../../src/weights/tfjs_layers.ts";
import type { OwnStore } from "../../src/weights/store/create_store.ts";
import { archiveOf, integrityOf } from "./npm_archive.ts";
import { bundle, nsfwPackage } from "./nsfw_package.ts";
import { type Served, serveFile } from "./store/file_server.ts";
import { namesIn, temporaryFolder } from "./store/temporary_folder.ts";

const LABELS = [..."abcdefg"];
const model = makeLayersModel();
const ARCHIVE = await archiveOf(nsfwPackage(model));

Deno.test("loadNsfw() reads the model in the registry's archive, and leaves nothing of that", async () => {
  await withRegistry(async ({ load, served, server, folder }) => {
    const steps: number[] = [];
    const network = await load({
      onProgress: (done, total) => steps.push(done / total),
    });
    assert.deepEqual(network.labels, LABELS);
    assert.deepEqual(network.preprocessing.crop, { kind: "squash" });
    const expected = await importLayersModel(
      model.modelJson,
      (name) => Promise.resolve(model.shards.get(name)!),
    );
    for (const name of ["Conv2d_1a_3x3", "Logits"]) {
      assert.deepEqual(
        network.weights(name).kernel,
        // Trained on values of 0..1 rather than -1..1.
        expected.weights(name).kernel,
      );
    }
    assert.equal(steps.at(-1), 1);
    assert.ok(steps.every((it, i) => i === 0 || it >= steps[i - 1]!));
    assert.equal(server.requests.length, 1);
    assert.deepEqual(await namesIn(folder), []);
    served.bytes = new Uint8Array(0); // It isn't cached.
    await assert.rejects(load());
  });
});

Deno.test("loadNsfw() keeps an activation and a pooling that are asked for", async () => {
  await withRegistry(async ({ load }) => {
    const asked = await load({ activation: "sigmoid", pooling: "max" });
    const { activation, pooling } = modelMetadata(asked);
    assert.deepEqual(activation, { value: "sigmoid", from: "option" });
    assert.deepEqual(pooling, { value: "max", from: "option" });
    const own = modelMetadata(await load());
    assert.deepEqual(own.activation, { value: "softmax", from: "model" });
  });
});

Deno.test("loadNsfw() follows a registry's redirects, and goes on with a download that broke", async () => {
  await withRegistry(async ({ load, served, server }) => {
    served.answer = ({ url }) =>
      url.endsWith("/moved")
        ? undefined
        : Response.redirect(new URL("/moved", url), 302);
    served.cutAfter = 100_000;
    await assert.rejects(load(), (error) => {
      assert.ok(error instanceof UnknownModelError);
      assert.match(
        error.message,
        /^Cannot load the model "nsfw": .*broke after 100000 of \d+ bytes\. NPM_CONFIG_REGISTRY can name another registry$/,
      );
      return true;
    });
    served.cutAfter = undefined;
    assert.deepEqual((await load()).labels, LABELS);
    assert.equal(server.requests.at(-1)!.range, "bytes=100000-");
  });
});

Deno.test("loadNsfw() continues a download without an ETag, as it knows the hash", async () => {
  for (const isSame of [true, false]) {
    await withRegistry(async ({ load, served, server, folder }) => {
      served.etag = undefined;
      if (!isSame) served.bytes = new Uint8Array(ARCHIVE.length);
      served.cutAfter = 100_000;
      await assert.rejects(load(), UnknownModelError);
      served.bytes = ARCHIVE;
      served.cutAfter = undefined;
      assert.deepEqual((await load()).labels, LABELS);
      assert.deepEqual(
        server.requests.map(({ range }) => range),
        // A start that doesn't belong to the rest is downloaded again.
        [null, "bytes=100000-", ...isSame ? [] : [null]],
      );
      assert.deepEqual(await namesIn(folder), []);
    });
  }
});

Deno.test("loadNsfw() goes on when another process removes the archive that it would read", async () => {
  await withRegistry(async ({ load, folder, server }) => {
    const store = fileStore(folder) as OwnStore;
    const create: OwnStore["storage"]["create"] = async (name) => {
      const blob = await store.storage.create(name);
      const publish = async (name: string) => {
        const published = await blob.publish(name);
        if (name.endsWith(".safetensors")) await store.storage.remove(name);
        return published;
      };
      return { ...blob, publish };
    };
    const storage = { ...store.storage, create };
    const network = await load({ store: { ...store, storage } as Store });
    assert.deepEqual(network.labels, LABELS);
    assert.equal(server.requests.length, 2);
  });
});

Deno.test("loadNsfw() refuses an archive with another hash, and holds none to it", async () => {
  await withRegistry(async ({ load, served, folder }) => {
    const changed = ARCHIVE.slice();
    changed[changed.length - 1]! ^= 1;
    for (const bytes of [changed, ARCHIVE.slice(0, -1), new Uint8Array(9)]) {
      served.bytes = bytes;
      await assert.rejects(load(), (error) => {
        assert.ok(error instanceof CorruptWeightsError);
        assert.match(error.message, /integrity must be sha512-.*: it is sha5/);
        return true;
      });
      assert.deepEqual(await namesIn(folder), []);
    }
    served.bytes = ARCHIVE;
    assert.deepEqual((await load()).labels, LABELS);
  });
});

Deno.test("loadNsfw() refuses an archive that is too large, lacks a file or has another in its place", async () => {
  const files = nsfwPackage(model);
  const replaced = (text: string) =>
    files.map((it, i) =>
      i === 0 ? { ...it, bytes: new TextEncoder().encode(text) } : it
    );
  const limit = ARCHIVE.length + 1;
  const archives = [
    [files.slice(1), 1e7, /must have package\/.*: it hasn't/],
    [files.toReversed(), limit, /must have <= \d+ bytes: it has more/],
    [replaced("module.exports = 1"), 1e7, /must be a bundle of one module/],
    [replaced(bundle("{a:b}")), 1e7, /model\.min\.js/],
  ] as const;
  for (const [archived, limit, message] of archives) {
    const bytes = await archiveOf(archived);
    await withRegistry(async ({ load, served }) => {
      served.bytes = bytes;
      const integrity = await integrityOf(bytes);
      await assert.rejects(load({}, { integrity, limit }), {
        name: "CorruptWeightsError",
        message,
      });
    });
  }
});

Deno.test("loadNsfw() heeds its signal", async () => {
  await withRegistry(async ({ load, server }) => {
    const signal = AbortSignal.abort(new Error("gone"));
    await assert.rejects(load({ signal }), AbortedError);
    assert.equal(server.requests.length, 0);
  });
});

Deno.test("loadNsfw() imports no package where the registry fails", async () => {
  // Deno has this package, so it would be loaded without the registry.
  for (const absent of [404, 503]) {
    await withRegistry(async ({ served, server }) => {
      served.answer = () => new Response("no", { status: absent });
      await assert.rejects(loadNsfw({}), {
        name: "UnknownModelError",
        message: new RegExp(
          `the server answered ${absent}\\. NPM_CONFIG_REGISTRY can name`,
        ),
      });
      assert.equal(server.requests.length, 1);
    });
  }
});

Deno.test({
  name: "loadNsfw() imports no package where it may not ask the registry",
  permissions: { env: true, read: true, write: true },
  async fn() {
    await assert.rejects(loadNsfw({}), Deno.errors.NotCapable);
  },
});

Deno.test("loadNsfw() tells a page, which can install nothing, to load a converted file", async () => {
  const fetch = () => Promise.reject(new TypeError("Failed to fetch"));
  const told = await asInPage(
    { fetch },
    () => loadNsfw({}, { ...PACKAGE, integrity: "" }).catch((it) => it),
  );
  assert.ok(told instanceof UnknownModelError);
  assert.match(
    told.message,
    /Failed to fetch\)\. Convert it with totem convert nsfw --out nsfw\.safetensors, serve that file, and load its address$/,
  );
});

/** This package name exists in no runtime. */
const PACKAGE = { name: "no package", version: "1.0.0", limit: 1e7 };

async function withRegistry(
  use: (registry: {
    load(
      options?: KnownModelOptions,
      pkg?: Partial<NpmPackage>,
    ): ReturnType<typeof loadNsfw>;
    readonly served: Served;
    readonly server: ReturnType<typeof serveFile>;
    readonly folder: string;
  }) => Promise<void>,
) {
  const served: Served = { bytes: ARCHIVE, etag: '"1"' };
  await using server = serveFile(served);
  await using folder = await temporaryFolder();
  const integrity = await integrityOf(ARCHIVE);
  const before = Deno.env.get("npm_config_registry");
  Deno.env.set("npm_config_registry", `${new URL(server.url).origin}/npm/`);
  try {
    await use({
      load: (options, pkg) =>
        loadNsfw(
          { store: fileStore(folder.path), labels: LABELS, ...options },
          { ...PACKAGE, integrity, ...pkg },
        ),
      served,
      server,
      folder: folder.path,
    });
  } finally {
    if (before === undefined) Deno.env.delete("npm_config_registry");
    else Deno.env.set("npm_config_registry", before);
  }
}
