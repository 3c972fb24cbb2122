/**
 * The measurements of `bench/start_page.ts` in a page.
 *
 * @module
 */
import { cacheApiStore, type Classifier, load } from "../../src/int8.ts";

/** The path of the model. */
const MODEL = "/model.safetensors";

const SIZE = 299;

/** How to load the model. */
export type Way = (typeof WAYS)[number];

/** All ways. `fetched alone` only fetches the model into memory. */
export const WAYS = ["fetched alone", "not kept", "kept"] as const;

/** Times in ms. */
export interface Times {
  /** Until the model is loaded. */
  readonly load: number;
  /** The first image; 0 without a model. */
  readonly first: number;
  /** The least of several later images; 0 without a model. */
  readonly steady: number;
}

Object.assign(globalThis, {
  async measureStart(way: Way): Promise<Times> {
    const url = new URL(MODEL, location.href);
    const begin = performance.now();
    if (way === "fetched alone") {
      await fetchInto(url);
      return { load: performance.now() - begin, first: 0, steady: 0 };
    }
    using model = await load(url, {
      backend: "wasm",
      store: way === "kept" && cacheApiStore(),
    });
    const loaded = performance.now();
    const first = await run(model);
    const others: number[] = [];
    for (let i = 0; i < 8; i++) others.push(await run(model));
    return { load: loaded - begin, first, steady: Math.min(...others) };
  },
});

/** Reads a file as `load` does: chunk by chunk into WebAssembly memory. */
async function fetchInto(url: URL): Promise<void> {
  const { body, headers } = await fetch(url);
  const size = Number(headers.get("content-length"));
  const pages = Math.ceil(size / 2 ** 16);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const bytes = new Uint8Array(memory.buffer);
  const reader = body!.getReader();
  for (let at = 0;;) {
    const { done, value } = await reader.read();
    if (done) return;
    bytes.set(value, at);
    at += value.length;
  }
}

async function run(model: Classifier): Promise<number> {
  const data = new Uint8ClampedArray(SIZE * SIZE * 4).fill(255);
  const begin = performance.now();
  await model.probabilities({ data, width: SIZE, height: SIZE });
  return performance.now() - begin;
}
