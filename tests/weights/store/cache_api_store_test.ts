import assert from "node:assert/strict";
import { createSha256, webSha256 } from "../../../src/weights/store/sha256.ts";
import { CorruptWeightsError } from "../../../src/errors.ts";
import { cacheApiStore, download } from "../../../src/weights/store/mod.ts";
import { type Served, serveFile } from "./file_server.ts";
import { inParts, modelBytes, readAll, sha256Of } from "./model_bytes.ts";

const BYTES = modelBytes(600_000);
const HASH = sha256Of(BYTES);

async function withStore(
  use: (store: ReturnType<typeof cacheApiStore>) => Promise<void>,
  onWarning: (message: string) => void = assert.fail,
) {
  await caches.delete("totem");
  try {
    await use(cacheApiStore({ onWarning }));
  } finally {
    await caches.delete("totem");
  }
}

async function addresses(): Promise<string[]> {
  return (await (await caches.open("totem")).keys()).map(({ url }) => url);
}

Deno.test("a store in the Cache API gives back what was put", async () => {
  await withStore(async (store) => {
    assert.equal(await store.get("../a b"), undefined);
    for (const content of [BYTES, inParts(BYTES, 70_000)]) {
      assert.deepEqual(
        await readAll(await store.put("../a b", content)),
        BYTES,
      );
    }
    const file = await cacheApiStore().get("../a b");
    assert.equal(file?.size, BYTES.length);
    assert.deepEqual(await readAll(file), BYTES);
    await file?.verify();
    assert.deepEqual((await store.list()).map((it) => it.sha256), [HASH]);
    for (const address of await addresses()) {
      assert.match(
        address,
        /^https:\/\/totem\.invalid\/[\da-f]{64}\.(json|safetensors)$/,
      );
    }
    await assert.rejects(
      store.put("b", BYTES, { sha256: "0".repeat(64) }),
      CorruptWeightsError,
    );
    assert.equal(await store.remove("../a b"), true);
    assert.deepEqual(await addresses(), []);
  });
});

Deno.test("a store in the Cache API deletes what isn't whole or right", async () => {
  const warnings: string[] = [];
  await withStore(async (store) => {
    const cache = await caches.open("totem");
    const address = `https://totem.invalid/${HASH}.safetensors`;
    const replace = (bytes: Uint8Array<ArrayBuffer>) =>
      cache.put(
        address,
        new Response(bytes, {
          headers: { "content-length": `${bytes.length}` },
        }),
      );
    await store.put("a", BYTES);
    await replace(BYTES.slice(1));
    assert.equal(await store.get("a"), undefined);
    assert.equal(await cache.match(address), undefined);

    await store.put("a", BYTES);
    const file = await store.get("a");
    await replace(modelBytes(BYTES.length, 2));
    await assert.rejects(file!.verify(), CorruptWeightsError);
    assert.equal(await store.get("a"), undefined);
  }, (it) => warnings.push(it));
  assert.deepEqual(warnings, [
    "The stored file of a is damaged, and isn't used",
  ]);
});

Deno.test("a download into the Cache API goes on where it broke", async () => {
  await withStore(async (store) => {
    const served: Served = { bytes: BYTES, etag: '"1"', cutAfter: 200_000 };
    await using server = serveFile(served);
    await assert.rejects(download(server.url, { store, limit: 1e6 }));
    served.cutAfter = undefined;
    const file = await download(server.url, { store, limit: 1e6 });
    assert.deepEqual(await readAll(file), BYTES);
    assert.deepEqual(server.requests[1], {
      range: "bytes=200000-",
      ifRange: '"1"',
    });
    assert.equal((await addresses()).length, 2);
  });
});

Deno.test("without a Cache API that works everything stays in memory", async () => {
  const caches = Object.getOwnPropertyDescriptor(globalThis, "caches")!;
  const refused = () => Promise.reject(new DOMException("no", "SecurityError"));
  for (const value of [undefined, { open: refused }]) {
    const warnings: string[] = [];
    Object.defineProperty(globalThis, "caches", { value, configurable: true });
    try {
      const store = cacheApiStore({ onWarning: (it) => warnings.push(it) });
      assert.equal(await store.get("a"), undefined);
      assert.deepEqual(await readAll(await store.put("a", BYTES)), BYTES);
    } finally {
      Object.defineProperty(globalThis, "caches", caches);
    }
    assert.equal(warnings.length, 1);
  }
});

Deno.test("a file that the Cache API doesn't open any more fails, and isn't waited for", async () => {
  await withStore(async (store) => {
    const file = await store.put("a", BYTES);
    const caches = Object.getOwnPropertyDescriptor(globalThis, "caches")!;
    const open = () => Promise.reject(new DOMException("no", "SecurityError"));
    Object.defineProperty(globalThis, "caches", {
      value: { open },
      configurable: true,
    });
    try {
      await assert.rejects(readAll(file), { name: "SecurityError" });
    } finally {
      Object.defineProperty(globalThis, "caches", caches);
    }
  });
});

Deno.test("both ways to hash give the same", async () => {
  for (const hash of [webSha256(), createSha256()]) {
    for (let i = 0; i < BYTES.length; i += 70_000) {
      hash.update(BYTES.subarray(i, i + 70_000));
    }
    assert.equal(await hash.digest(), HASH);
  }
});
