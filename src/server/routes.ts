/**
 * What there is to ask for, by path.
 *
 * @module
 */
import type { MediaType } from "./accept.ts";
import {
  describeModel,
  formText,
  modelText,
  respond,
  resultText,
  serverTiming,
} from "./answer.ts";
import { withDeadline } from "./deadline.ts";
import { type Inference, late, type Question } from "./inference.ts";
import type { Model } from "./model.ts";
import type { Limits, RequestEntry } from "./options.ts";
import { Problem } from "./problem.ts";

/** What is being written of a request. */
export type Entry = { -readonly [K in keyof RequestEntry]: RequestEntry[K] };

/** A request that has found its route. */
export interface Asked {
  readonly request: Request;
  /** Who asks. */
  readonly client: string;
  readonly url: URL;
  /** How to write the answer. */
  readonly type: MediaType;
  readonly entry: Entry;
}

/** A path. */
export interface Route {
  readonly methods: readonly string[];
  /** Whether nobody needs a token. */
  readonly isOpen: boolean;
  /** Whether it is plain text, whatever `Accept` says. */
  readonly isPlain?: boolean;
  /** @throws {Problem} When there is no answer. */
  answer(asked: Asked): Response | Promise<Response>;
}

/** The routes of a server. */
export function routesFor(
  model: Model,
  limits: Limits,
  inference: Inference,
): ReadonlyMap<string, Route> {
  const get = ["GET", "HEAD", "OPTIONS"];
  const post = ["POST", "OPTIONS"];

  async function classify(asked: Asked): Promise<Response> {
    const top = topOf(asked.url.searchParams);
    return await answerImages(asked, { output: "classes", top });
  }

  async function answerImages(
    { request, client, type, entry }: Asked,
    question: Question,
  ): Promise<Response> {
    const { results, isForm, timings } = await inference.answer(
      request,
      client,
      question,
      (count) => entry.bytes += count,
    );
    entry.images = results.filter((it) => !("problem" in it)).length;
    const headers = { "Server-Timing": serverTiming(timings) };
    if (isForm) {
      const text = () => formText(results);
      return respond(type, { images: results }, text, headers);
    }
    const { name: _, ...result } = results[0]!;
    return respond(type, result, () => resultText(result), headers);
  }

  async function answerModel({ request, type }: Asked): Promise<Response> {
    const classifier = await withDeadline(
      request.signal,
      limits.deadline,
      late,
      () => model.load(),
    );
    const metadata = describeModel(classifier, limits);
    return respond(type, metadata, () => modelText(metadata));
  }

  function answerReady({ type }: Asked): Response {
    if (model.loaded && !inference.admission.closed) {
      return respond(type, { status: "ready" }, () => "ready");
    }
    const cause = model.failure;
    // Where traffic waits for readiness nobody else would load it.
    if (!inference.admission.closed) model.load().catch(() => {});
    const headers = { "Retry-After": "1" };
    throw new Problem(503, "not-ready", undefined, headers, { cause });
  }

  return new Map<string, Route>([
    ["/classify", { methods: post, isOpen: false, answer: classify }],
    ["/features", {
      methods: post,
      isOpen: false,
      answer: (asked) => answerImages(asked, { output: "features" }),
    }],
    ["/model", { methods: get, isOpen: false, answer: answerModel }],
    ["/healthz", {
      methods: get,
      isOpen: true,
      answer: ({ type }) => respond(type, { status: "ok" }, () => "ok"),
    }],
    ["/readyz", { methods: get, isOpen: true, answer: answerReady }],
  ]);
}

function topOf(query: URLSearchParams): number | undefined {
  const [top, ...others] = query.getAll("top");
  if (top === undefined) return undefined;
  if (/^\d+$/.test(top) && Number(top) >= 1 && others.length === 0) {
    return Number(top);
  }
  throw new Problem(400, "bad-top", "top must be one whole number >= 1");
}
