import { ArgumentError } from "../errors.ts";
import { parseObject } from "../io/json_lines.ts";
import { type EvaluatedImage, mostLikely } from "./evaluate.ts";

/**
 * A stored result of an evaluated image, without its correct classes, as labels may
 * change.
 */
export interface KeptResult extends Omit<EvaluatedImage, "classes"> {
  /** Identifies the version of the image; any text, such as its size and time. */
  readonly version?: string | undefined;
}

/** The file format, as stated in its header. */
export const RESULTS_FORMAT = "totem evaluation 1";

/** A line of a results file, with which another process can continue an evaluation. */
export function resultRecord(
  { name, version, top, probabilities, inference }: KeptResult,
) {
  const answer = probabilities === undefined
    ? { top: top.map(({ index, probability }) => [index, probability]) }
    : { probabilities };
  return { file: name, version, ...answer, inference };
}

/** Parses the lines after the header. Returns the last result per image, by name. */
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
    // Older files have no versions.
    version: typeof version === "string" ? version : undefined,
    ...answer,
    inference,
  };
}

/** Parses the most likely classes, or the probabilities of all labels. */
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
 * Separates images with a valid stored result, which has the same version, from those to
 * evaluate.
 *
 * @returns The valid results, with the current correct classes; the remaining images; and
 * how many of these have an outdated result.
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
