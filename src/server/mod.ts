/**
 * A `fetch` handler that serves a classifier over HTTP, in Deno, Node, Bun, Cloudflare
 * Workers and service workers.
 *
 * | route            | answer                                     |
 * | ---------------- | ------------------------------------------ |
 * | `POST /classify` | the most likely classes: see below         |
 * | `POST /features` | the pooled activations                     |
 * | `GET /model`     | labels, input size, backend and limits     |
 * | `GET /healthz`   | 200 while the server answers               |
 * | `GET /readyz`    | 200 while the server takes work, else 503  |
 *
 * The body is an image, or a `multipart/form-data` form of several. The answer to an
 * image is `{"classes":[{"label","id","index","probability"}]}`, without `id` where the
 * classes have none, or `{"features":[...]}`. The answer to a form is
 * `{"images":[...]}`: one such object per file, in order, with its `name`. If only some
 * files fail, their objects have a `problem` instead. With `Accept: text/plain` the
 * answer is text for people.
 *
 * `?top=` sets the number of classes and `?threshold=` the lowest probability. The
 * default is the 5 most likely classes, or for a model with a sigmoid all of 0.5 and
 * above, which may be none. For a model without an activation, classes have a `logit`
 * instead of a `probability`.
 *
 * Errors are problem details (RFC 9457) with a stable `code`.
 *
 * **Limits.** The handler accepts as many requests as it can run at once, and `queue`
 * more. It answers the others with 503 and `Retry-After`, without reading their bodies.
 * (The queue is shared, so 429 would blame the wrong client.) All bodies together take
 * at most `maxBodyMemory`; when it is full, senders wait. The `deadline` is for the
 * whole request: 408 if the body was late, 503 if the request waited for others,
 * otherwise 504. Images that can't be done in time aren't started.
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
