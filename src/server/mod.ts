/**
 * A `fetch` handler that serves a classifier over HTTP, in Deno, Node 20, Cloudflare
 * Workers and service workers.
 *
 * | route            | answer                                     |
 * | ---------------- | ------------------------------------------ |
 * | `POST /classify` | the likeliest classes: see below           |
 * | `POST /features` | the pooled activations                     |
 * | `GET /model`     | labels, input size, backend and limits     |
 * | `GET /healthz`   | 200 while the server answers               |
 * | `GET /readyz`    | 200 while the server takes work, else 503  |
 *
 * The body is an image, or a `multipart/form-data` form of several. The answer to an
 * image is `{"classes":[{"label","id","index","probability"}]}`, without `id` where the
 * classes have none, or `{"features":[...]}`. The answer to a form is `{"images":[...]}`:
 * such an object for each file, in order, with its `name`. If only some files fail, these
 * have a `problem` instead. `Accept: text/plain` asks for text for people.
 *
 * `?top=` says how many classes are given, and `?threshold=` from which probability on.
 * Unless they are given, these are the 5 likeliest; of a model with a sigmoid all of 0.5
 * and above, which may be none. Of a model without an activation classes have a `logit` in
 * the place of `probability`.
 *
 * Errors are problem details (RFC 9457) with a stable `code`.
 *
 * **Limits.** The handler accepts as many requests as it runs, and `queue` more. It
 * answers others with 503 and `Retry-After`, without reading their bodies. (The queue is
 * shared, so 429 would blame the wrong client.) All bodies together take
 * `maxBodyMemory` of memory; when it is full, senders wait. The `deadline` is for the whole
 * request: 408 if the body was late, 503 if the request waited for others, else 504.
 * Images that can't be done in time aren't begun.
 *
 * @example `deno serve server.ts`
 * ```ts
 * import { load } from "@totem/inception";
 * import { createHandler } from "@totem/inception/server";
 *
 * const classifier = () => load("nsfw", { threads: "auto", threading: "throughput" });
 * export default { fetch: createHandler({ classifier, queue: 16 }) };
 * ```
 *
 * @module
 */
export { createHandler } from "./handler.ts";
export {
  DEFAULT_MAX_BODY_BYTES,
  type Handler,
  type HandlerOptions,
  type Load,
  type RequestEntry,
  type ServedClassifier,
} from "./options.ts";
