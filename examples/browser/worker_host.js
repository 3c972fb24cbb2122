/**
 * Starts workers on behalf of the page's worker: in Firefox, a worker that starts
 * another one may hang. `hosted_worker.ts` is the worker's side.
 *
 * @module
 */
import { scriptUrl } from "./script_url.js";

/** Makes a host that starts the requested workers. */
export function createHost() {
  const hosted = new Set();
  return {
    /** Starts a worker that communicates through a port. */
    start({ url, options }, port) {
      const fail = (error) => port.postMessage({ error: `${error}` });
      let worker;
      try {
        worker = new Worker(scriptUrl(url), options);
      } catch (error) {
        return fail(error); // For example because of a content security policy.
      }
      hosted.add(worker);
      worker.onmessage = ({ data }) =>
        port.postMessage({ message: data }, buffersOf(data));
      worker.onerror = (event) => {
        event.preventDefault();
        fail(event.message);
      };
      port.onmessage = ({ data }) => {
        if (data !== "terminate") {
          return worker.postMessage(data.message, buffersOf(data.message));
        }
        worker.terminate();
        hosted.delete(worker);
        port.close();
      };
    },
    /** Terminates all workers: they don't end with the worker that requested them. */
    end() {
      for (const worker of hosted) worker.terminate();
      hosted.clear();
    },
  };
}

/** The buffers in a message. They are transferred, since the page doesn't use them. */
function buffersOf(message) {
  const seen = new Set();
  const look = (value) => {
    if (value === null || typeof value !== "object" || seen.has(value)) return;
    if (ArrayBuffer.isView(value)) return look(value.buffer);
    seen.add(value);
    const isPlain = Array.isArray(value) ||
      Object.getPrototypeOf(value) === Object.prototype;
    if (isPlain) Object.values(value).forEach(look);
  };
  look(message);
  return [...seen].filter((it) => it instanceof ArrayBuffer);
}
