import type { Classifier } from "../classifier.ts";
import { type MediaType, negotiate } from "./accept.ts";
import {
  formText,
  modelFacts,
  modelText,
  respond,
  resultText,
  serverTiming,
} from "./answer.ts";
import { bearerOf } from "./authorization.ts";
import { corsFor, isPreflight } from "./cors.ts";
import { late, withDeadline } from "./deadline.ts";
import { Inference, type Question } from "./inference.ts";
import { modelOf } from "./model.ts";
import {
  type Handler,
  type HandlerOptions,
  limitsOf,
  type RequestEntry,
} from "./options.ts";
import { HangUp, Problem, problemOf, problemResponse } from "./problem.ts";

/** Each path with what it takes. */
const ROUTES: Readonly<Record<string, readonly string[]>> = {
  "/classify": ["POST", "OPTIONS"],
  "/features": ["POST", "OPTIONS"],
  "/model": ["GET", "HEAD", "OPTIONS"],
  "/healthz": ["GET", "HEAD", "OPTIONS"],
  "/readyz": ["GET", "HEAD", "OPTIONS"],
};

/** Who asks after the server's health has no token. */
const OPEN = ["/healthz", "/readyz"];

/** What is being written of a request. */
type Entry = { -readonly [K in keyof RequestEntry]: RequestEntry[K] };

/**
 * Makes the `fetch` handler of a server that classifies images.
 *
 * @param options A classifier, or all that there is to say.
 * @throws {RangeError} When a limit isn't a number that there can be.
 *
 * @example A server in Deno
 * ```ts
 * import { load } from "@totem/inception";
 * import { createHandler } from "@totem/inception/server";
 *
 * const classifier = await load("nsfw", { threads: "auto", parallel: "images" });
 * export default { fetch: createHandler(classifier) };
 * ```
 */
export function createHandler(options: Classifier | HandlerOptions): Handler {
  const given = "classifier" in options ? options : { classifier: options };
  const limits = limitsOf(given);
  const model = modelOf(given.classifier);
  const authorize = given.token === undefined ? null : bearerOf(given.token);
  const cors = given.cors === undefined ? null : corsFor(given.cors);
  const inference = new Inference(model, limits);
  const { admission } = inference;

  async function handle(request: Request): Promise<Response> {
    const begin = performance.now();
    const url = new URL(request.url);
    const route = Object.hasOwn(ROUTES, url.pathname) ? url.pathname : null;
    const entry: Entry = {
      method: request.method,
      path: url.pathname,
      route,
      status: 500,
      ms: 0,
      bytes: 0,
      images: 0,
    };
    let answer: Response;
    try {
      answer = await answerTo(request, url, entry);
    } catch (error) {
      answer = answerFor(error, entry);
    }
    const headers = new Headers(answer.headers);
    headers.set("Cache-Control", "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    for (const [name, value] of Object.entries(cors?.headers(request) ?? {})) {
      headers.set(name, value);
    }
    const { status } = answer;
    const body = request.method === "HEAD" ? null : answer.body;
    entry.status = status;
    entry.ms = performance.now() - begin;
    given.onRequest?.(entry);
    return new Response(body, { status, headers });
  }

  function answerFor(error: unknown, entry: Entry): Response {
    // The status by which others log it; nobody reads it.
    if (error instanceof HangUp) return new Response(null, { status: 499 });
    const problem = problemOf(error, limits.maxPixels);
    if (problem.cause !== undefined) entry.error = problem.cause;
    return problemResponse(problem);
  }

  async function answerTo(
    request: Request,
    url: URL,
    entry: Entry,
  ): Promise<Response> {
    const { route } = entry;
    const methods = ROUTES[route ?? ""];
    if (cors && methods && isPreflight(request)) {
      const headers = cors.preflight(methods.join(", "));
      return new Response(null, { status: 204, headers });
    }
    if (route === null || !OPEN.includes(route)) await authorize?.(request);
    if (!methods) throw new Problem(404, "not-found", "There is no such path");
    const Allow = methods.join(", ");
    if (!methods.includes(request.method)) {
      throw new Problem(405, "method-not-allowed", `The path takes ${Allow}`, {
        Allow,
      });
    }
    if (request.method === "OPTIONS") {
      return new Response(null, { status: 204, headers: { Allow } });
    }
    const type = negotiate(request.headers.get("Accept"));
    if (type === null) {
      throw new Problem(
        406,
        "not-acceptable",
        "There is application/json and text/plain",
      );
    }
    switch (route) {
      case "/healthz":
        return respond(type, { status: "ok" }, () => "ok");
      case "/readyz":
        return answerReady(type);
      case "/model":
        return await answerModel(request, type);
      default:
        return await answerImages(request, url, type, entry);
    }
  }

  function answerReady(type: MediaType): Response {
    if (model.loaded && !admission.closed) {
      return respond(type, { status: "ready" }, () => "ready");
    }
    const cause = model.failure;
    // Where traffic waits for readiness nobody else would load it.
    model.load().catch(() => {});
    throw new Problem(503, "not-ready", undefined, { "Retry-After": "1" }, {
      cause,
    });
  }

  async function answerModel(
    { signal }: Request,
    type: MediaType,
  ): Promise<Response> {
    const classifier = await withDeadline(
      signal,
      limits.deadline,
      late,
      () => model.load(),
    );
    const facts = modelFacts(classifier, limits);
    return respond(type, facts, () => modelText(facts));
  }

  async function answerImages(
    request: Request,
    url: URL,
    type: MediaType,
    entry: Entry,
  ): Promise<Response> {
    const question = questionOf(url);
    const { results, isForm, timings } = await inference.answer(
      request,
      question,
      (count) => entry.bytes += count,
    );
    entry.images = results.filter((it) => !("problem" in it)).length;
    const headers = { "Server-Timing": serverTiming(timings) };
    if (isForm) {
      return respond(
        type,
        { images: results },
        () => formText(results),
        headers,
      );
    }
    const { name: _, ...result } = results[0]!;
    return respond(type, result, () => resultText(result), headers);
  }

  return Object.assign(handle, {
    load: async () => void await model.load(),
    drain: () => admission.close(),
    status: () => admission.load,
  });
}

function questionOf({ pathname, searchParams }: URL): Question {
  if (pathname === "/features") return { output: "features" };
  const [top, ...others] = searchParams.getAll("top");
  if (top === undefined) return { output: "classes", top };
  if (/^\d+$/.test(top) && Number(top) >= 1 && others.length === 0) {
    return { output: "classes", top: Number(top) };
  }
  throw new Problem(400, "bad-top", "top must be one whole number >= 1");
}
