/**
 * A store in a browser's Cache API.
 *
 * @module
 */
import { assertFunctions, assertOptions } from "../../argument.ts";
import { CorruptWeightsError } from "../../errors.ts";
import { noShelf } from "./forgiving_shelf.ts";
import { memoryDraft } from "./memory_draft.ts";
import { forEachChunk, type Shelf } from "./shelf.ts";
import {
  createStore,
  type Store,
  STORE_OPTIONS,
  type StoreOptions,
} from "./store.ts";

const CACHE_NAME = "totem";

/** Keys are addresses. This one can't be anybody's. */
const ORIGIN = "https://totem.invalid/";

/**
 * The store of this origin in a browser, also in its workers. Where there is no
 * Cache API, as on pages that aren't secure, nothing is kept.
 *
 * What is being written is held in memory until it is whole.
 */
export function cacheApiStore(options: StoreOptions = {}): Store {
  assertOptions("keep files", options, STORE_OPTIONS);
  assertFunctions("keep files", options, ["onWarning"]);
  const shelf = globalThis.caches === undefined
    ? noShelf("there is no Cache API here, as the page is not secure")
    : cacheApiShelf();
  return createStore(shelf, options.onWarning);
}

function cacheApiShelf(): Shelf {
  const addressOf = (name: string) => `${ORIGIN}${name}`;
  // Not once for all: who clears a site's data takes an open cache away.
  const open = () => caches.open(CACHE_NAME);

  const stream = (name: string) =>
    streamLater(async () => (await open()).match(addressOf(name)));

  return {
    async list() {
      const requests = await (await open()).keys();
      return requests.map(({ url }) => url.slice(ORIGIN.length));
    },
    async read(name) {
      const response = await (await open()).match(addressOf(name));
      if (response === undefined) return undefined;
      await response.body?.cancel();
      return {
        size: Number(response.headers.get("content-length")),
        stream: () => stream(name),
      };
    },
    create(ownName) {
      const draft = memoryDraft();
      const put = async (name: string) => {
        const parts: Uint8Array<ArrayBuffer>[] = [];
        await forEachChunk(draft.stream(), (part) => {
          parts.push(part as Uint8Array<ArrayBuffer>);
        });
        const whole = new Blob(parts);
        const headers = { "content-length": `${whole.size}` };
        const response = new Response(whole, { headers });
        await (await open()).put(addressOf(name), response);
        return whole.size;
      };
      return Promise.resolve({
        ...draft,
        async publish(name) {
          return { size: await put(name), stream: () => stream(name) };
        },
        async keep() {
          await put(ownName);
        },
      });
    },
    async remove(name) {
      await (await open()).delete(addressOf(name));
    },
  };
}

function streamLater(
  match: () => Promise<Response | undefined>,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  match().then(async (response) => {
    if (response?.body) return await response.body.pipeTo(writable);
    // As good as damaged: it is fetched again.
    await writable.abort(
      new CorruptWeightsError("Cannot read what the cache has dropped"),
    );
  }).catch(() => {}); // The reader gets the error.
  return readable;
}
