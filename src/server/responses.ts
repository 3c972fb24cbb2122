import { metadataLines } from "../model/describe_metadata.ts";
import { backendText, describeBackend } from "../describe_backend.ts";
import { printable } from "../text/printable.ts";
import type {
  Classification,
  ClassifiedFrame,
  ClassLogit,
  Timings,
} from "../classification.ts";
import { classLines } from "../describe_classes.ts";
import type { MediaType } from "./negotiate.ts";
import type { Limits, ServedClassifier } from "./options.ts";
import type { ProblemDetails } from "./problem.ts";

/** The result for an image. */
export type Result =
  | {
    readonly classes: readonly (Classification | ClassLogit)[];
    /** Set if frames were requested. */
    readonly frames?: readonly ClassifiedFrame[];
    /** The image's total number of frames, if frames were requested. */
    readonly frameCount?: number;
  }
  | { readonly features: readonly number[] }
  | { readonly problem: ProblemDetails };

/** A response with `json`, or with `text` for people. */
export function respond(
  type: MediaType,
  json: unknown,
  text: () => string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const isText = type === "text/plain";
  return new Response(`${isText ? text() : JSON.stringify(json)}\n`, {
    headers: {
      ...headers,
      "Content-Type": isText ? "text/plain; charset=utf-8" : type,
    },
  });
}

/** @param threshold The threshold of the request. */
export function resultText(
  result: Result,
  threshold: number | undefined,
): string {
  if ("problem" in result) {
    return `error ${result.problem.detail ?? result.problem.title}`;
  }
  if ("features" in result) return result.features.join(" ");
  return classLines(result.classes, threshold).join("\n");
}

/** The results of a form as text lines, each below its image's name. */
export function formText(
  results: readonly (Result & { readonly name: string | null })[],
  threshold: number | undefined,
): string {
  return results.map((it) =>
    `${printable(it.name ?? "")}\n${
      resultText(it, threshold).replace(/^/gm, "  ")
    }`
  ).join("\n");
}

/** The response to `GET /model`. */
export function describeModel(
  classifier: ServedClassifier,
  { maxBodyBytes, maxPixels, maxMemory, maxImages, maxFrames }: Limits,
) {
  const { labels, classIds, size, metadata, featureCount } = classifier;
  return {
    labels,
    ...classIds && { classIds },
    size,
    metadata,
    featureCount,
    backend: describeBackend(classifier),
    limits: {
      maxBodyBytes,
      maxPixels,
      maxMemory,
      maxImages,
      maxFrames,
    },
  };
}

/** The same as text lines. */
export function modelText(
  { labels, metadata, featureCount, backend }: ReturnType<typeof describeModel>,
): string {
  const [input, output] = metadataLines(metadata);
  return [
    `input     ${input}`,
    `output    ${output}`,
    `features  ${featureCount}`,
    `backend   ${backendText(backend)}`,
    `classes   ${labels.length}`,
    ...labels.map((label, i) => `  ${i} ${printable(label)}`),
  ].join("\n");
}

/** The `Server-Timing` header with the sums of `timings`, in ms. */
export function serverTiming(timings: readonly Timings[]): string {
  return (["decode", "resize", "inference"] as const).map((stage) => {
    const sum = timings.reduce((sum, it) => sum + it[stage], 0);
    return `${stage};dur=${sum.toFixed(1)}`;
  }).join(", ");
}
