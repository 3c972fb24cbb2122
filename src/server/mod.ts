/**
 * A server of Totem for anything that has `fetch`'s `Request` and `Response`: Deno,
 * Node 20, Cloudflare Workers, service workers.
 *
 * | route            | what it answers                                      |
 * | ---------------- | ---------------------------------------------------- |
 * | `POST /classify` | the likeliest classes; `?top=` says how many, else 5 |
 * | `POST /features` | the pooled activations                               |
 * | `GET /model`     | labels, input size, backend and limits               |
 * | `GET /healthz`   | 200 while the server answers at all                  |
 * | `GET /readyz`    | 200 while it takes work, else 503                    |
 *
 * The body is an image, or a `multipart/form-data` form of several. One image is
 * answered with `{"classes":[{"label","id","index","probability"}]}`, without `id` where
 * the classes have none, or with `{"features":[...]}`. A form is answered with
 * `{"images":[...]}`: such an object for each file, in the form's order, with its `name`;
 * where only some are refused, these have a `problem` instead. `Accept: text/plain` asks
 * for lines for people.
 *
 * A refusal is a problem detail (RFC 9457) with a `code` that never changes.
 *
 * **Limits.** The handler accepts as many requests as it can run, and `queue` more; it
 * answers others with 503 and `Retry-After`, without reading their bodies. (All clients
 * share the queue, so 429 would blame the wrong one.) All bodies together take the
 * memory of four of the largest size; when it is full, senders wait. The `deadline` is
 * for the whole request: 408 when the body was late, 503 when the request had to wait
 * for others, else 504. What can't be done in time isn't begun.
 *
 * @example `deno serve server.ts`
 * ```ts
 * import { load } from "@totem/inception";
 * import { createHandler } from "@totem/inception/server";
 *
 * export default {
 *   fetch: createHandler({ classifier: () => load("nsfw"), queue: 16 }),
 * };
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
} from "./options.ts";
export type { ServedClassifier } from "./served_classifier.ts";
