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
 * An image is a body of its own and is answered with an object, `{"classes":[{"label",
 * "index","probability"}]}` or `{"features":[...]}`; or it is a file of a
 * `multipart/form-data` form, which is answered with `{"images":[...]}`: such an object
 * for each file, in order, with its `name`, or with its `problem` where the others
 * have answers. `Accept: text/plain` gives lines for people.
 *
 * A refusal is a problem detail (RFC 9457) with a `code` that stays the same.
 *
 * **Limits.** As many requests as images run at once and a `queue` more are let in;
 * others are answered 503 with `Retry-After`. (The queue is everybody's, so that 429
 * would blame the wrong one.) No body is read before its request is let in. Four
 * bodies of the largest size are what all bodies together take in memory; where there
 * is no room, senders wait. A `deadline` is for all of a request: 408 when the body
 * didn't come in time, 503 when it had to wait for others, else 504. What can't be done
 * in time isn't begun.
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
export type {
  Classification,
  ClassifyOptions,
  RunOptions,
  Timings,
} from "../classifier.ts";
export type { CropRule, DecodeOptions } from "../image/mod.ts";
