import { didYouMean } from "../text/did_you_mean.ts";
import { withDeadline } from "./deadline.ts";
import { type Inference, late } from "./inference.ts";
import type { LazyClassifier } from "./lazy_classifier.ts";
import type { MediaType } from "./negotiate.ts";
import type { Limits, RequestEntry } from "./options.ts";
import { Problem } from "./problem.ts";
import type { Question } from "./question.ts";
import {
  describeModel,
  formText,
  modelText,
  respond,
  resultText,
  serverTiming,
} from "./responses.ts";

/** The log entry of a request, while it is being filled in. */
export type DraftEntry = {
  -readonly [K in keyof RequestEntry]: RequestEntry[K];
};

/** A request that was matched to a route. */
export interface RoutedRequest {
  readonly request: Request;
  /** The client's address, or `""`. */
  readonly client: string;
  readonly url: URL;
  readonly type: MediaType;
  readonly entry: DraftEntry;
}

export interface Route {
  readonly methods: readonly string[];
  /** Whether it works without a token. */
  readonly isOpen: boolean;
  /** Whether the response is always plain text, whatever `Accept` says. */
  readonly isPlain?: boolean;
  answer(routed: RoutedRequest): Response | Promise<Response>;
}

/** The routes of a server, by path. */
export function createRoutes(
  classifier: LazyClassifier,
  limits: Limits,
  inference: Inference,
): ReadonlyMap<string, Route> {
  const { admission } = inference;

  async function answerImages(
    { request, client, type, entry }: RoutedRequest,
    question: Question,
  ): Promise<Response> {
    const onBytes = (count: number) => void (entry.bytes += count);
    const { results, isForm, timings } = await inference
      .answer(request, client, question, onBytes);
    entry.images = results.filter((it) => !("problem" in it)).length;
    const headers = { "Server-Timing": serverTiming(timings) };
    const threshold = question.output === "classes"
      ? question.threshold
      : undefined;
    if (isForm) {
      const text = () => formText(results, threshold);
      return respond(type, { images: results }, text, headers);
    }
    const { name: _, ...result } = results[0]!;
    return respond(type, result, () => resultText(result, threshold), headers);
  }

  async function answerModel(
    { request, type }: RoutedRequest,
  ): Promise<Response> {
    const { signal } = request;
    const load = () => classifier.load();
    const loaded = await withDeadline(signal, limits.deadline, late, load);
    const model = describeModel(loaded, limits);
    return respond(type, model, () => modelText(model));
  }

  function answerReady({ type }: RoutedRequest): Response {
    if (classifier.loaded && !admission.closed) {
      return respond(type, { status: "ready" }, () => "ready");
    }
    const cause = classifier.failure;
    // If clients wait for readiness, no other request would load it.
    if (!admission.closed) classifier.load().catch(() => {});
    const headers = { "Retry-After": "1" };
    throw new Problem(503, "not-ready", undefined, { headers, cause });
  }

  const get = { methods: ["GET", "HEAD", "OPTIONS"], isOpen: true };
  const post = { methods: ["POST", "OPTIONS"], isOpen: false };
  return new Map<string, Route>([
    ["/classify", {
      ...post,
      answer: (routed) => {
        const { searchParams: query } = routed.url;
        assertParameters(query, ["top", "threshold", "frames"]);
        return answerImages(routed, {
          output: "classes",
          frames: parseFrames(query, limits),
          top: parseTop(query),
          threshold: parseThreshold(query),
        });
      },
    }],
    ["/features", {
      ...post,
      answer: (routed) => {
        const { searchParams: query } = routed.url;
        assertParameters(query, ["frames"]);
        return answerImages(routed, {
          output: "features",
          frames: parseFrames(query, limits),
        });
      },
    }],
    ["/model", { ...get, isOpen: false, answer: answerModel }],
    ["/healthz", {
      ...get,
      answer: ({ type }) => respond(type, { status: "ok" }, () => "ok"),
    }],
    ["/readyz", { ...get, answer: answerReady }],
  ]);
}

/** A mistyped parameter would change the answer without notice. */
function assertParameters(
  query: URLSearchParams,
  names: readonly string[],
): void {
  for (const name of query.keys()) {
    if (names.includes(name)) continue;
    const hint = didYouMean(name, names) ||
      `. Should be one of: ${names.join(", ")}`;
    const detail = `There is no parameter "${name.slice(0, 64)}" here${hint}`;
    throw new Problem(400, "unknown-parameter", detail);
  }
}

function parseTop(query: URLSearchParams): number | undefined {
  const [top, ...others] = query.getAll("top");
  if (top === undefined) return undefined;
  if (/^\d+$/.test(top) && Number(top) >= 1 && others.length === 0) {
    return Number(top);
  }
  throw new Problem(400, "bad-top", "top must be one whole number >= 1");
}

function parseFrames(
  query: URLSearchParams,
  { maxFrames }: Limits,
): number | undefined {
  const [frames, ...others] = query.getAll("frames");
  if (frames === undefined) return undefined;
  const value = Number(frames);
  const isCount = /^\d+$/.test(frames) && value >= 1 && value <= maxFrames;
  if (isCount && others.length === 0) return value;
  const detail = `frames must be one whole number from 1 to ${maxFrames}`;
  throw new Problem(400, "bad-frames", detail);
}

function parseThreshold(query: URLSearchParams): number | undefined {
  const [threshold, ...others] = query.getAll("threshold");
  if (threshold === undefined) return undefined;
  const value = Number(threshold);
  const isPart = threshold.trim() !== "" && value >= 0 && value <= 1;
  if (isPart && others.length === 0) return value;
  const detail = "threshold must be one number from 0 to 1";
  throw new Problem(400, "bad-threshold", detail);
}
