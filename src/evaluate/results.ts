/**
 * Results as JSON lines, so that they outlive the process: an evaluation goes on from
 * them, or counts them anew.
 *
 * @module
 */
import { assertArgument, isObject } from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import {
  type Conditions,
  type LinesHeader,
  parseObject,
  readJsonLines,
} from "../io/json_lines.ts";
import type { EvaluatedImage } from "./evaluate.ts";

/** What is kept of an evaluated image. Its right classes aren't: labels may change. */
export interface KeptResult extends Omit<EvaluatedImage, "classes"> {
  /** Tells whether the image was changed since; any text, such as its size and time. */
  readonly version?: string | undefined;
}

const FORMAT = "totem evaluation 1";

/**
 * The first line of results, as an object for `JSON.stringify`.
 *
 * @param conditions What the results depend on: the models, the number of crops.
 * @throws {ArgumentError} When `conditions` isn't an object.
 */
export function resultsHeader(conditions: Conditions): LinesHeader {
  assertArgument(
    isObject(conditions),
    "keep results as their conditions must be an object",
    conditions,
  );
  return { format: FORMAT, ...conditions };
}

/**
 * A line of results, as an object for `JSON.stringify`.
 *
 * @throws {ArgumentError} When `result` isn't what `evaluate()` gives for an image.
 *
 * @example Keep results, and read them later, for `summarize`
 * ```ts
 * import {
 *   type EvaluatedImage,
 *   parseResults,
 *   resultRecord,
 *   resultsHeader,
 * } from "@totem/inception/evaluate";
 *
 * const conditions = { model: "parts.safetensors", crops: 1 };
 *
 * function format(results: readonly EvaluatedImage[]): string {
 *   const lines = [resultsHeader(conditions), ...results.map(resultRecord)];
 *   return lines.map((it) => `${JSON.stringify(it)}\n`).join("");
 * }
 *
 * function parse(text: string, classes: ReadonlyMap<string, number[]>) {
 *   const kept = parseResults(text, conditions).values();
 *   return Array.from(kept, (it) => ({ ...it, classes: classes.get(it.name)! }));
 * }
 * ```
 */
export function resultRecord(result: KeptResult): Conditions {
  assertArgument(
    Array.isArray(result?.top) && result.top.every(isObject),
    "keep a result as it must be what evaluate() gives for an image, without those that failed",
    result,
  );
  const { name, version, top, inference } = result;
  return {
    file: name,
    version,
    top: top.map(({ index, probability }) => [index, probability]),
    inference,
  };
}

/**
 * Reads lines of results. A last line that a crash cut off is ignored.
 *
 * @returns The last result of each image, by its name.
 * @throws {ArgumentError} When it isn't a text of results, or they were made under other
 * conditions.
 */
export function parseResults(
  text: string,
  conditions: Conditions,
): ReadonlyMap<string, KeptResult> {
  assertArgument(
    typeof text === "string",
    "read results as they must be a text",
    text,
  );
  const bytes = new TextEncoder().encode(text);
  const name = { path: "results", what: "results" };
  const { lines } = readJsonLines(bytes, resultsHeader(conditions), name);
  return collectResults(lines, name.path);
}

/**
 * The last result of each image, by its name.
 *
 * @param lines The lines after the header.
 * @param path Where they are, for the error.
 * @throws {ArgumentError} When a line isn't a result.
 */
export function collectResults(
  lines: readonly string[],
  path: string,
): ReadonlyMap<string, KeptResult> {
  const results = new Map<string, KeptResult>();
  for (const [i, line] of lines.entries()) {
    const result = parseResult(line);
    if (result === null) {
      throw new ArgumentError(
        `Cannot resume ${path} as its line ${i + 2} isn't a result`,
      );
    }
    results.set(result.name, result);
  }
  return results;
}

function parseResult(line: string): KeptResult | null {
  const found = parseObject(line);
  if (found === null) return null;
  const { file, version, top, inference } = found;
  const isSound = typeof file === "string" && typeof inference === "number" &&
    Array.isArray(top) && top.length > 0 && top.every(isAnswer);
  if (!isSound) return null;
  return {
    name: file,
    // Files that were begun before versions were kept have none.
    version: typeof version === "string" ? version : undefined,
    top: top.map(([index, probability]) => ({ index, probability })),
    inference,
  };
}

function isAnswer(it: unknown): it is [index: number, probability: number] {
  return Array.isArray(it) && Number.isSafeInteger(it[0]) &&
    typeof it[1] === "number";
}

/**
 * Splits images into those whose kept results hold, as the version is the same, and
 * those to evaluate.
 *
 * @returns The results that hold, with the classes that are right now; the images that
 * are left; and how many of these have a result that doesn't hold.
 */
export function separateKept<
  T extends
    & Pick<EvaluatedImage, "classes">
    & Omit<KeptResult, "top" | "inference">,
>(images: readonly T[], kept: ReadonlyMap<string, KeptResult>) {
  const answered: EvaluatedImage[] = [];
  const left: T[] = [];
  let outdated = 0;
  for (const image of images) {
    const result = kept.get(image.name);
    if (result && image.version && result.version === image.version) {
      const { version: _, ...answer } = result;
      answered.push({ ...answer, classes: image.classes });
    } else {
      left.push(image);
      if (result) outdated++;
    }
  }
  return { answered, left, outdated };
}
