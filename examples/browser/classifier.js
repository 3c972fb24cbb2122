/**
 * A classifier in a worker, as the page sees it.
 *
 * To change to another one, end it and start anew: the memory of tfjs's WASM backend
 * grows and never shrinks, and is given back with its worker.
 *
 * @module
 */

/**
 * Starts a classifier.
 *
 * @param {{ backend: string, variant: string }} settings
 * @param {(done: number, total: number) => void} onProgress Called as the model is
 * downloaded, with its bytes.
 * @param {(kept: boolean) => void} onModel Called when the model is there: whether
 * it is kept for the next time.
 */
export function startClassifier(settings, onProgress, onModel) {
  const worker = new Worker(new URL("worker.js", import.meta.url), {
    type: "module",
  });
  const waiting = new Map();
  let last = 0;

  const ask = (question) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, ...question });
    });
  const fail = (problem) => {
    for (const { reject } of waiting.values()) reject(problem);
    waiting.clear();
  };

  worker.onmessage = ({ data: { id, result, problem, progress, kept } }) => {
    if (progress) return onProgress(progress.done, progress.total);
    if (kept !== undefined) return onModel(kept);
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (problem) reject(problem);
    else resolve(result);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    fail({ code: "worker", message: event.message ?? "worker.js didn't load" });
  };

  const ready = ask({ settings });
  return {
    /** What it runs on, when it is ready. */
    ready,
    /** The likeliest classes of a photo, and what they took in ms. */
    async classify(photo) {
      await ready;
      return await ask({ photo });
    },
    /** A picture of where in a photo a class is seen, by its index. */
    async explain(photo, index) {
      await ready;
      return await ask({ why: { photo, index } });
    },
    /** Ends it with all its memory. What it was asked is never answered. */
    end: () => worker.terminate(),
  };
}
