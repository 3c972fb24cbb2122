/**
 * The page's side of a classifier that runs in a worker.
 *
 * To change the classifier, end it and start a new one: the memory of tfjs's WASM
 * backend never shrinks, and is released only with its worker. A worker doesn't retry
 * code chunks that failed to load, either.
 *
 * @module
 */
import { scriptUrl } from "./script_url.js";
import { createHost } from "./worker_host.js";

/** The longest silence of the worker until its model is open, in seconds. */
const MAX_SILENCE = 30;

/**
 * Starts a classifier.
 *
 * @param {{ model: object, files: string[], backend: string, variant: string,
 * threads: "auto" | 1 }} settings
 * @param {(progress: { done: number, total: number, isElsewhere: boolean }) => void}
 * onProgress Called with the number of bytes while the model downloads.
 * @param {(kept: boolean) => void} onModel Called when the model has loaded, with
 * whether it is cached for the next visit.
 */
export function startClassifier(settings, onProgress, onModel) {
  const worker = new Worker(scriptUrl("worker.js"), { type: "module" });
  const host = createHost();
  const waiting = new Map();
  let last = 0;
  /** Why it has ended, if it has. */
  let ended = null;

  /** Sends a request to the worker; the signal aborts it. */
  const ask = (question, { signal, transfer = [] } = {}) =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      const id = ++last;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, ...question }, transfer);
      signal?.addEventListener("abort", () => {
        if (waiting.has(id)) worker.postMessage({ abort: id });
      });
    });
  // Counts ticks of a timer rather than clock time, so that a device's sleep doesn't
  // count.
  let silence = 0;
  const watch = setInterval(() => {
    if (++silence < MAX_SILENCE) return;
    end({ code: "hung", message: `no sign of worker.js in ${MAX_SILENCE} s` });
  }, 1000);

  function end(problem) {
    ended = problem;
    clearInterval(watch);
    worker.terminate();
    host.end();
    for (const { reject } of waiting.values()) reject(problem);
    waiting.clear();
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
    end({ code: "worker", message: event.message ?? "worker.js didn't load" });
  };

  const ready = ask({ settings });
  ready.finally(() => clearInterval(watch)).catch(() => {});

  return {
    /** Resolves when it is ready, with what it runs on. */
    ready,
    /**
     * The likeliest classes of a photo, and the timings in ms.
     *
     * @param {Blob | ImageBitmap} photo A bitmap is transferred to the worker.
     */
    classify: (photo, signal) =>
      ask({ photo }, { signal, transfer: bitmaps(photo) }),
    /** A map of where in a photo a class, given by its index, is seen. */
    explain: (photo, index, signal) =>
      ask({ why: { photo, index } }, { signal, transfer: bitmaps(photo) }),
    /** A preview that every browser can show, and the size of the original photo. */
    preview: (photo) => ask({ preview: photo }),
    /** Ends the worker and frees its memory. Pending and later requests fail. */
    end: () => end({ code: "aborted", message: "the classifier was ended" }),
  };
}

function bitmaps(photo) {
  return photo instanceof Blob ? [] : [photo];
}
