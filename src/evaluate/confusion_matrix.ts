/**
 * Which classes are taken for which: counts, and what follows from them.
 *
 * @module
 */
import { assertArgument, assertIterable, assertLabels } from "../argument.ts";
import { ArgumentError } from "../errors.ts";

/** One image's true class and the answer, each the index of a label. */
export interface Answer {
  /** The class that the image shows. */
  readonly actual: number;
  /** The class that was answered. */
  readonly predicted: number;
}

/** How often each class was answered for each. */
export interface ConfusionMatrix {
  /** The classes' names, in the order of rows and columns. */
  readonly labels: readonly string[];
  /**
   * `[labels, labels]`, row-major: images of the row's class that were answered
   * with the column's.
   */
  readonly counts: Uint32Array;
}

/** What a confusion matrix says of one class. */
export interface ClassScore {
  /** The class's name. */
  readonly label: string;
  /** Images that show it. */
  readonly images: number;
  /** Images that were answered with it. */
  readonly answered: number;
  /** Images that show it and were answered with it. */
  readonly correct: number;
  /** `correct / images`, 0..1; `null` where no image shows it. */
  readonly recall: number | null;
  /** `correct / answered`, 0..1; `null` where it never was the answer. */
  readonly precision: number | null;
  /** The other class that it was most often taken for, the first of equals. */
  readonly takenFor: { readonly label: string; readonly images: number } | null;
}

/**
 * Counts answers.
 *
 * @param labels The classes' names.
 * @throws {ArgumentError} When there are no answers, or one has no label.
 *
 * @example Three photos of cats and dogs, one taken for the other
 * ```ts
 * import { accuracyOf, confusionMatrix } from "@totem/inception/evaluate";
 *
 * const matrix = confusionMatrix(["cat", "dog"], [
 *   { actual: 0, predicted: 0 },
 *   { actual: 1, predicted: 1 },
 *   { actual: 1, predicted: 0 },
 * ]);
 * console.log(matrix.counts); // [1, 0, 1, 1]
 * console.log(accuracyOf(matrix)); // 0.666…
 * ```
 */
export function confusionMatrix(
  labels: readonly string[],
  answers: Iterable<Answer>,
): ConfusionMatrix {
  assertLabels("count answers", labels);
  assertIterable("count answers", answers, "answers");
  const counts = new Uint32Array(labels.length ** 2);
  let total = 0;
  for (const answer of answers) {
    const { actual, predicted } = answer ?? {};
    for (const index of [actual, predicted]) {
      if (labels[index] !== undefined) continue;
      throw new ArgumentError(
        `Cannot count an answer of class ${index}: there are ${labels.length} classes`,
      );
    }
    counts[actual * labels.length + predicted]! += 1;
    total++;
  }
  if (total === 0) {
    throw new ArgumentError("Cannot count answers as there are none");
  }
  return { labels, counts };
}

/**
 * @param cannot What was to be done.
 * @throws {ArgumentError} When `matrix` isn't one.
 */
export function assertMatrix(cannot: string, matrix: ConfusionMatrix): void {
  const { labels, counts } = matrix ?? {};
  assertArgument(
    Array.isArray(labels) && labels.every((it) => typeof it === "string") &&
      counts instanceof Uint32Array && counts.length === labels.length ** 2,
    `${cannot} as the matrix must be what confusionMatrix() gives`,
    matrix,
  );
}

/** The part of all images that were answered right, 0..1: top-1 accuracy. */
export function accuracyOf(matrix: ConfusionMatrix): number {
  assertMatrix("tell the accuracy", matrix);
  const { labels, counts } = matrix;
  let right = 0;
  for (let i = 0; i < labels.length; i++) {
    right += counts[i * labels.length + i]!;
  }
  return right / counts.reduce((sum, it) => sum + it, 0);
}

/** What the matrix says of each class, in the order of the labels. */
export function classScores(
  matrix: ConfusionMatrix,
): readonly ClassScore[] {
  assertMatrix("score classes", matrix);
  const { labels, counts } = matrix;
  const count = labels.length;
  return labels.map((label, index) => {
    let images = 0;
    let answered = 0;
    let most = index;
    for (let other = 0; other < count; other++) {
      const taken = counts[index * count + other]!;
      images += taken;
      answered += counts[other * count + index]!;
      if (other === index || taken === 0) continue;
      if (most === index || taken > counts[index * count + most]!) most = other;
    }
    const correct = counts[index * count + index]!;
    return {
      label,
      images,
      answered,
      correct,
      recall: images === 0 ? null : correct / images,
      precision: answered === 0 ? null : correct / answered,
      takenFor: most === index
        ? null
        : { label: labels[most]!, images: counts[index * count + most]! },
    };
  });
}

/**
 * The matrix of the classes that some image shows or was answered with: few of
 * a model's thousand, often.
 */
export function withoutEmptyClasses(matrix: ConfusionMatrix): ConfusionMatrix {
  assertMatrix("leave out classes", matrix);
  const { labels, counts } = matrix;
  const kept = [...classScores(matrix).entries()]
    .filter(([_, { images, answered }]) => images + answered > 0)
    .map(([index]) => index);
  return {
    labels: kept.map((index) => labels[index]!),
    counts: Uint32Array.from(
      kept.flatMap((row) =>
        kept.map((column) => counts[row * labels.length + column]!)
      ),
    ),
  };
}
