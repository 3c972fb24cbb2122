/// <reference lib="dom" />
/**
 * The model's file: downloaded once for all tabs, kept on the device, and taken from
 * there without asking the host, as its name changes with its bytes.
 *
 * @module
 */
import { cacheApiStore, download, type StoredFile } from "@totem/inception";

/** A model as `model.json` has it. */
export interface ModelFile {
  /** Its path, from the page. */
  readonly file: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** How far a download is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Whether another tab does it. */
  readonly isElsewhere: boolean;
}

/** In ms: when the tab that downloads is silent for this long, this one downloads. */
const MAX_SILENCE = 10_000;

/** The page, from which paths count: this file lies in the folder of its version. */
const PAGE = new URL("../", import.meta.url);

const store = cacheApiStore();

/**
 * The model for `load`, and whether it is there the next time.
 *
 * @param files The paths of all models of the page; others that were kept are removed.
 */
export async function fetchModel(
  model: ModelFile,
  files: readonly string[],
  onProgress: (progress: Progress) => void,
): Promise<{ readonly source: Response | URL; readonly isKept: boolean }> {
  const address = new URL(model.file, PAGE).href;
  // Without TLS nothing can be hashed, and nothing is kept.
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

/** Removes what is kept; returns whether there was something. */
export async function forgetModel({ file }: ModelFile): Promise<boolean> {
  return await store.remove(new URL(file, PAGE).href);
}

/** The tab that has the lock downloads and tells the others how far it is. */
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
        // A server that compresses doesn't tell the file's own size.
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
    return await get(tell); // A tab that is frozen keeps its lock.
  } finally {
    clearTimeout(timer);
    channel.close();
  }
}
