/**
 * A classifier in a worker, as the page sees it.
 *
 * To change to another one, end it and start a new one: the memory of tfjs's WASM
 * backend grows and never shrinks, and is given back with its worker. A part of the
 * code that couldn't be loaded isn't asked for again in the same worker, either.
 *
 * @module
 */
import { scriptUrl } from "./script_url.js";
import { createHost } from "./worker_host.js";

/** How long the worker may give no sign until its model is open, in seconds. */
const MAX_SILENCE = 30;

/**
 * Starts a classifier.
 *
 * @param {{ model: object, files: string[], backend: string, variant: string,
 * threads: "auto" | 1 }} settings
 * @param {(progress: { done: number, total: number, isElsewhere: boolean }) => void}
 * onProgress Called as the model is downloaded, with its bytes.
 * @param {(kept: boolean) => void} onModel Called when the model is there: whether
 * it is kept for the next time.
 */
export function startClassifier(settings, onProgress, onModel) {
  const worker = new Worker(scriptUrl("worker.js"), { type: "module" });
  const host = createHost();
  const waiting = new Map();
  let last = 0;

  /** Asks the worker, until the signal fires. */
  const ask = (question, { signal, transfer = [] } = {}) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, ...question }, transfer);
      signal?.addEventListener("abort", () => {
        if (waiting.has(id)) worker.postMessage({ abort: id });
      });
    });
  const fail = (problem) => {
    for (const { reject } of waiting.values()) reject(problem);
    waiting.clear();
  };

  // Seconds are counted, so that those in which the device sleeps don't count.
  let silence = 0;
  const watch = setInterval(() => {
    if (++silence < MAX_SILENCE) return;
    end({ code: "hung", message: `no sign of worker.js in ${MAX_SILENCE} s` });
  }, 1000);

  function end(problem) {
    clearInterval(watch);
    worker.terminate();
    host.end();
    fail(problem);
  }

  worker.onmessage = ({ data, ports }) => {
    silence = 0;
    const { id, result, problem, progress, kept, start, alive } = data;
    if (alive) return;
    if (start) return host.start(start, ports[0]);
    if (progress) return onProgress(progress);
    if (kept !== undefined) return onModel(kept);
    const asked = waiting.get(id);
    waiting.delete(id);
    if (problem) asked?.reject(problem);
    else asked?.resolve(result);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    fail({ code: "worker", message: event.message ?? "worker.js didn't load" });
  };

  const ready = ask({ settings });
  ready.finally(() => clearInterval(watch)).catch(() => {});

  return {
    /** What it runs on, when it is ready. */
    ready,
    /**
     * The likeliest classes of a photo, and what they took in ms.
     *
     * @param {Blob | ImageBitmap} photo A bitmap goes to the worker.
     */
    classify: (photo, signal) =>
      ask({ photo }, { signal, transfer: bitmaps(photo) }),
    /** A map of where in a photo a class is seen, by its index. */
    explain: (photo, index, signal) =>
      ask({ why: { photo, index } }, { signal, transfer: bitmaps(photo) }),
    /** A picture that every browser shows, and the size of the photo itself. */
    preview: (photo) => ask({ preview: photo }),
    /** Ends it with all its memory. What it was asked fails. */
    end: () => end({ code: "aborted", message: "the classifier was ended" }),
  };
}

function bitmaps(photo) {
  return photo instanceof Blob ? [] : [photo];
}
