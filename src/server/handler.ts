import { assertOptions } from "../argument.ts";
import { bearerAuth } from "./bearer_auth.ts";
import { clientAddress } from "./client_address.ts";
import { createCors, isPreflight } from "./cors.ts";
import { Inference } from "./inference.ts";
import { LazyClassifier } from "./lazy_classifier.ts";
import { startFaultLog } from "./log_faults.ts";
import { negotiate } from "./negotiate.ts";
import {
  type Handler,
  HANDLER_OPTIONS,
  type HandlerOptions,
  parseLimits,
  type ServedClassifier,
} from "./options.ts";
import { HangUp, Problem, problemResponse, toProblem } from "./problem.ts";
import { DecoderUnavailableError } from "../errors.ts";
import { createRoutes, type DraftEntry, type Route } from "./routes.ts";

/**
 * Creates the `fetch` handler of a server that classifies images.
 *
 * @param options A classifier, a function that loads one, or options with either.
 * @throws {ArgumentError} When an option isn't valid.
 */
export function createHandler(
  options: ServedClassifier | HandlerOptions,
): Handler {
  return handlerWith(options, new Map());
}

/**
 * Like {@linkcode createHandler}, with additional routes, which are protected and logged
 * alike.
 */
export function handlerWith(
  options: ServedClassifier | HandlerOptions,
  added: ReadonlyMap<string, Route>,
): Handler {
  const given = isClassifier(options) ? { classifier: options } : options;
  assertOptions("serve", given, HANDLER_OPTIONS);
  const limits = parseLimits(given);
  const classifier = new LazyClassifier(given.classifier);
  const inference = new Inference(classifier, limits);
  const { admission } = inference;
  const routes = new Map([
    ...createRoutes(classifier, limits, inference),
    ...added,
  ]);
  const authorize = given.token === undefined ? null : bearerAuth(given.token);
  const cors = given.cors === undefined ? null : createCors(given.cors);
  const onRequest = given.onRequest ?? startFaultLog();

  async function handle(request: Request, info?: unknown): Promise<Response> {
    const begin = performance.now();
    const entry: DraftEntry = {
      method: request.method,
      path: "",
      route: null,
      status: 500,
      ms: 0,
      bytes: 0,
      images: 0,
    };
    const response = await answer(request, clientAddress(info), entry)
      .catch((error) => answerError(error, entry));
    const { status } = response;
    const headers = new Headers({
      ...Object.fromEntries(response.headers),
      ...cors?.headers(request),
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    });
    let { body } = response;
    if (request.method === "HEAD" && body) {
      const { byteLength } = await new Response(body).arrayBuffer();
      headers.set("Content-Length", `${byteLength}`);
      body = null;
    }
    onRequest({ ...entry, status, ms: performance.now() - begin });
    return new Response(body, { status, headers });
  }

  async function answer(
    request: Request,
    client: string,
    entry: DraftEntry,
  ): Promise<Response> {
    // The client may have sent any path and host.
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
    if (!route) {
      const detail = `There is no such path. Use one of ${describeRoutes()}`;
      throw new Problem(404, "not-found", detail);
    }
    if (!route.methods.includes(request.method)) {
      // Every path supports OPTIONS, but that doesn't help a client with an image.
      const methods = route.methods.filter((it) => it !== "OPTIONS");
      const detail = `${url.pathname} takes ${methods.join(" and ")}`;
      const headers = { Allow };
      throw new Problem(405, "method-not-allowed", detail, { headers });
    }
    if (request.method === "OPTIONS") {
      return new Response(null, { status: 204, headers: { Allow } });
    }
    const type = route.isPlain
      ? "text/plain"
      : negotiate(request.headers.get("Accept"));
    return await route.answer({ request, client, url, type, entry });
  }

  function describeRoutes(): string {
    return Array.from(routes, ([path, { methods }]) => `${methods[0]} ${path}`)
      .join(", ");
  }

  function answerError(error: unknown, entry: DraftEntry): Response {
    // Nobody reads this response. Other servers log this status.
    if (error instanceof HangUp) return new Response(null, { status: 499 });
    const problem = toProblem(error);
    // A missing decoder must be added by the operator.
    const isOurs = problem.status >= 500 ||
      problem.cause instanceof DecoderUnavailableError;
    if (isOurs && problem.cause !== undefined) {
      entry.error = problem.cause;
    }
    return problemResponse(problem);
  }

  return Object.assign(handle, {
    load: async () => void await classifier.load(),
    drain: () => admission.close(),
    status: () => admission.load,
  });
}

/** A function that loads a classifier also counts. */
function isClassifier(
  options: ServedClassifier | HandlerOptions,
): options is ServedClassifier {
  return typeof options === "function" ||
    typeof (options as ServedClassifier | null)?.classify === "function";
}
