/// <reference lib="dom" />
/**
 * The model's file: downloaded once for all tabs and cached on the device. Its name
 * contains its hash, so that a cached file needn't be revalidated.
 *
 * @module
 */
import { cacheApiStore, download, type StoredFile } from "@totem/inception";

/** A model's entry in `model.json`. */
export interface ModelFile {
  /** Its path, relative to the page. */
  readonly file: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** The progress of a download. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Whether another tab is downloading. */
  readonly isElsewhere: boolean;
}

/** In ms: when the downloading tab is silent for this long, this tab downloads itself. */
const MAX_SILENCE = 10_000;

/** The page, the base of paths: this script is in the folder of its version. */
const PAGE = new URL("../", import.meta.url);

const store = cacheApiStore();

/**
 * The model for `load`, and whether it is cached for the next visit.
 *
 * @param files The paths of all models of the page; other cached files are removed.
 */
export async function fetchModel(
  model: ModelFile,
  files: readonly string[],
  onProgress: (progress: Progress) => void,
): Promise<{ readonly source: Response | URL; readonly isKept: boolean }> {
  const address = new URL(model.file, PAGE).href;
  // Without TLS there is neither hashing nor a cache.
  if (!isSecureContext) return { source: new URL(address), isKept: false };
  const file = await store.get(address) ??
    await downloadOnce(address, model, onProgress);
  const wanted = files.map((it) => new URL(it, PAGE).href);
  const folder = new URL(".", address).href;
  let isKept = false;
  for (const { reference } of await store.list()) {
    isKept ||= reference === address;
    const isOld = reference.startsWith(folder) && !wanted.includes(reference);
    if (isOld) await store.remove(reference);
  }
  return { source: new Response(file.stream()), isKept };
}

/** Removes a model from the cache; returns whether it was there. */
export async function forgetModel({ file }: ModelFile): Promise<boolean> {
  return await store.remove(new URL(file, PAGE).href);
}

/** The tab that holds the lock downloads, and tells the others its progress. */
async function downloadOnce(
  address: string,
  { size, sha256 }: ModelFile,
  onProgress: (progress: Progress) => void,
): Promise<StoredFile> {
  const get = (tell: (done: number) => void) =>
    download(address, {
      store,
      limit: size,
      sha256,
      onProgress(done) {
        tell(done);
        // A compressing server doesn't send the file's uncompressed size.
        onProgress({ done, total: size, isElsewhere: false });
      },
    });
  const channel = new BroadcastChannel(`totem ${address}`);
  const waiting = new AbortController();
  let timer = setTimeout(() => waiting.abort(), MAX_SILENCE);
  channel.onmessage = ({ data: done }: MessageEvent<number>) => {
    clearTimeout(timer);
    timer = setTimeout(() => waiting.abort(), MAX_SILENCE);
    onProgress({ done, total: size, isElsewhere: true });
  };
  const tell = (done: number) => channel.postMessage(done);
  try {
    return await navigator.locks.request(
      address,
      { signal: waiting.signal },
      () => {
        clearTimeout(timer);
        channel.onmessage = null;
        return get(tell);
      },
    );
  } catch (error) {
    if (!waiting.signal.aborted) throw error;
    return await get(tell); // A frozen tab keeps its lock.
  } finally {
    clearTimeout(timer);
    channel.close();
  }
}
