import { assertOptions } from "../argument.ts";
import { negotiate } from "./accept.ts";
import { clientOf } from "./address.ts";
import { bearerOf } from "./authorization.ts";
import { corsFor, isPreflight } from "./cors.ts";
import { Inference } from "./inference.ts";
import { modelOf } from "./model.ts";
import {
  type Handler,
  HANDLER_OPTIONS,
  type HandlerOptions,
  limitsOf,
} from "./options.ts";
import { HangUp, Problem, problemOf, problemResponse } from "./problem.ts";
import { type Entry, type Route, routesFor } from "./routes.ts";
import type { ServedClassifier } from "./served_classifier.ts";

/**
 * Makes the `fetch` handler of a server that classifies images.
 *
 * @param options A classifier, or all that there is to say.
 * @throws {ArgumentError} When a limit or an origin isn't valid.
 *
 * @example A server in Deno, for `deno serve`
 * ```ts
 * import { load } from "@totem/inception";
 * import { createHandler } from "@totem/inception/server";
 *
 * const classifier = () => load("nsfw", { threads: "auto", threading: "throughput" });
 * export default { fetch: createHandler({ classifier }) };
 * ```
 */
export function createHandler(
  options: ServedClassifier | HandlerOptions,
): Handler {
  return handlerWith(options, new Map());
}

/**
 * The same with routes of the caller's own, which are asked for, logged and answered as
 * the others are.
 */
export function handlerWith(
  options: ServedClassifier | HandlerOptions,
  added: ReadonlyMap<string, Route>,
): Handler {
  const given = isClassifier(options) ? { classifier: options } : options;
  assertOptions("serve", given, HANDLER_OPTIONS);
  const limits = limitsOf(given);
  const model = modelOf(given.classifier);
  const inference = new Inference(model, limits);
  const routes = new Map([...routesFor(model, limits, inference), ...added]);
  const authorize = given.token === undefined ? null : bearerOf(given.token);
  const cors = given.cors === undefined ? null : corsFor(given.cors);

  async function handle(request: Request, info?: unknown): Promise<Response> {
    const begin = performance.now();
    const entry: Entry = {
      method: request.method,
      path: "",
      route: null,
      status: 500,
      ms: 0,
      bytes: 0,
      images: 0,
    };
    const answer = await answerTo(request, clientOf(info), entry)
      .catch((error) => answerWithout(error, entry));
    const { status } = answer;
    const headers = new Headers({
      ...Object.fromEntries(answer.headers),
      ...cors?.headers(request),
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    });
    let { body } = answer;
    if (request.method === "HEAD" && body) {
      const { byteLength } = await new Response(body).arrayBuffer();
      headers.set("Content-Length", `${byteLength}`);
      body = null;
    }
    given.onRequest?.({ ...entry, status, ms: performance.now() - begin });
    return new Response(body, { status, headers });
  }

  async function answerTo(
    request: Request,
    client: string,
    entry: Entry,
  ): Promise<Response> {
    // A client writes the path and the host as it likes.
    if (!URL.canParse(request.url)) {
      throw new Problem(400, "bad-target", "The path or the host is malformed");
    }
    const url = new URL(request.url);
    const route = routes.get(entry.path = url.pathname);
    if (route) entry.route = url.pathname;
    const Allow = route?.methods.join(", ") ?? "";
    if (cors && route && isPreflight(request)) {
      const headers = cors.preflight(request, Allow);
      return new Response(null, { status: 204, headers });
    }
    if (!route?.isOpen) await authorize?.(request);
    if (!route) throw new Problem(404, "not-found", "There is no such path");
    if (!route.methods.includes(request.method)) {
      const detail = `The path takes ${Allow}`;
      throw new Problem(405, "method-not-allowed", detail, { Allow });
    }
    if (request.method === "OPTIONS") {
      return new Response(null, { status: 204, headers: { Allow } });
    }
    const type = route.isPlain
      ? "text/plain"
      : negotiate(request.headers.get("Accept"));
    return await route.answer({ request, client, url, type, entry });
  }

  function answerWithout(error: unknown, entry: Entry): Response {
    // The status by which others log it; nobody reads it.
    if (error instanceof HangUp) return new Response(null, { status: 499 });
    const problem = problemOf(error, limits);
    if (problem.status >= 500 && problem.cause !== undefined) {
      entry.error = problem.cause;
    }
    return problemResponse(problem);
  }

  return Object.assign(handle, {
    load: async () => void await model.load(),
    drain: () => inference.admission.close(),
    status: () => inference.admission.load,
  });
}

/** A function may be given without a name, too. */
function isClassifier(
  options: ServedClassifier | HandlerOptions,
): options is ServedClassifier {
  return typeof options === "function" ||
    typeof (options as ServedClassifier | null)?.classify === "function";
}
