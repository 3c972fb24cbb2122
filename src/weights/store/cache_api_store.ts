import { CorruptWeightsError } from "../../errors.ts";
import { streamSource } from "../../io/byte_source.ts";
import { memoryBlob, nullStorage } from "./best_effort_storage.ts";
import type { BlobStorage, StoredBlob } from "./blob_storage.ts";
import { createStore } from "./create_store.ts";
import type { Store, StoreOptions } from "./store.ts";

const CACHE_NAME = "totem";

/** Keys are addresses. Nobody can own this one. */
const ORIGIN = "https://totem.invalid/";

/**
 * Opens the store of this origin in a browser, which its workers share. Without the
 * Cache API, as on pages without TLS, nothing is kept.
 *
 * A file is kept in memory until it is written as a whole.
 */
export function cacheApiStore(options: StoreOptions = {}): Store {
  const storage = globalThis.caches === undefined
    ? nullStorage("there is no Cache API here, as the page is not secure")
    : cacheApiStorage();
  return createStore(storage, options);
}

function cacheApiStorage(): BlobStorage {
  const addressOf = (name: string) => `${ORIGIN}${name}`;
  // Opened each time: clearing a site's data removes an open cache.
  const open = () => caches.open(CACHE_NAME);
  const match = async (name: string) => (await open()).match(addressOf(name));

  async function put(name: string, whole: Blob): Promise<StoredBlob> {
    const headers = { "content-length": `${whole.size}` };
    await (await open()).put(addressOf(name), new Response(whole, { headers }));
    return stored(name, whole.size);
  }

  function stored(name: string, size: number): StoredBlob {
    return {
      size,
      stream: () => streamBody(match(name)),
      open: async () => streamSource((await match(name))?.body ?? refuse()),
    };
  }

  return {
    async list() {
      const requests = await (await open()).keys();
      return requests.map(({ url }) => url.slice(ORIGIN.length));
    },
    async read(name) {
      const response = await match(name);
      if (response === undefined) return undefined;
      await response.body?.cancel();
      return stored(name, Number(response.headers.get("content-length")));
    },
    create(ownName) {
      const blob = memoryBlob();
      return Promise.resolve({
        ...blob,
        publish: (name) => put(name, blob.whole()),
        keep: async () => void await put(ownName, blob.whole()),
      });
    },
    async remove(name) {
      await (await open()).delete(addressOf(name));
    },
  };
}

/** Like damage: the file is fetched again. */
function refuse(): never {
  throw new CorruptWeightsError("Cannot read what the cache has dropped");
}

/** A stream of the body of a response that hasn't arrived yet. */
function streamBody(
  found: Promise<Response | undefined>,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  found.then(async (response) => {
    if (response?.body) return await response.body.pipeTo(writable);
    refuse();
  }).catch((error) => writable.abort(error)) // For the reader.
    .catch(() => {});
  return readable;
}
