import { ArgumentError } from "../errors.ts";
import { parseObject } from "../io/json_lines.ts";
import { type EvaluatedImage, mostLikely } from "./evaluate.ts";

/** What is kept of an evaluated image. Its right classes aren't: labels may change. */
export interface KeptResult extends Omit<EvaluatedImage, "classes"> {
  /** Tells whether the image was changed since; any text, such as its size and time. */
  readonly version?: string | undefined;
}

/** The format of the file, in its header. */
export const RESULTS_FORMAT = "totem evaluation 1";

/** A line of a results file, from which an evaluation goes on in another process. */
export function resultRecord(
  { name, version, top, probabilities, inference }: KeptResult,
) {
  const answer = probabilities === undefined
    ? { top: top.map(({ index, probability }) => [index, probability]) }
    : { probabilities };
  return { file: name, version, ...answer, inference };
}

/** The last result of each image, by its name, in the lines after the header. */
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
  const { file, version, inference } = found;
  const answer = parseAnswer(found);
  const isSound = typeof file === "string" && typeof inference === "number" &&
    answer !== null;
  if (!isSound) return null;
  return {
    name: file,
    // Files that were begun before versions were kept have none.
    version: typeof version === "string" ? version : undefined,
    ...answer,
    inference,
  };
}

/** The likeliest classes, or the probabilities of all labels. */
function parseAnswer(
  { top, probabilities }: Record<string, unknown>,
): Pick<KeptResult, "top" | "probabilities"> | null {
  if (isListOf(probabilities, (it) => typeof it === "number")) {
    return { top: mostLikely(probabilities), probabilities };
  }
  if (!isListOf(top, isAnswer)) return null;
  return { top: top.map(([index, probability]) => ({ index, probability })) };
}

function isListOf<T>(
  value: unknown,
  isOne: (it: unknown) => it is T,
): value is T[] {
  return Array.isArray(value) && value.length > 0 && value.every(isOne);
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
