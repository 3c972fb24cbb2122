import { assertArgument, assertIterable, assertLabels } from "../argument.ts";
import { ArgumentError } from "../errors.ts";

/** The true class of an image and the answer, as indices of labels. */
export interface Answer {
  /** The true class. */
  readonly actual: number;
  /** The predicted class. */
  readonly predicted: number;
}

/** A confusion matrix. */
export interface ConfusionMatrix {
  /** The names of the classes, in the order of rows and columns. */
  readonly labels: readonly string[];
  /** The number of images, `[true class, answer]`, row-major. */
  readonly counts: Uint32Array;
}

/** How well one class is recognised. */
export interface ClassScore {
  /** The name of the class. */
  readonly label: string;
  /** The number of its images. */
  readonly images: number;
  /** The number of images for which it was the answer. */
  readonly answered: number;
  /** The number of its images for which it was the answer: the true positives. */
  readonly correct: number;
  /** `correct / images`, 0..1; `null` for a class without images. */
  readonly recall: number | null;
  /** `correct / answered`, 0..1; `null` for a class that was never the answer. */
  readonly precision: number | null;
  /** The class that it is most often mistaken for; the first one of a tie. */
  readonly takenFor: { readonly label: string; readonly images: number } | null;
}

/**
 * Counts answers.
 *
 * @throws {ArgumentError} When there are no answers, or one has no label.
 *
 * @example Three photos of cats and dogs, one of them confused
 * ```ts
 * import { accuracy, confusionMatrix } from "@totem/inception/evaluate";
 *
 * const matrix = confusionMatrix(["cat", "dog"], [
 *   { actual: 0, predicted: 0 },
 *   { actual: 1, predicted: 1 },
 *   { actual: 1, predicted: 0 },
 * ]);
 * console.log(matrix.counts); // [1, 0, 1, 1]
 * console.log(accuracy(matrix)); // 0.666…
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

export function assertMatrix(cannot: string, matrix: ConfusionMatrix): void {
  const { labels, counts } = matrix ?? {};
  assertArgument(
    Array.isArray(labels) && labels.every((it) => typeof it === "string") &&
      counts instanceof Uint32Array && counts.length === labels.length ** 2,
    `${cannot} as the matrix must be what confusionMatrix() gives`,
    matrix,
  );
}

/** Top-1 accuracy, 0..1. */
export function accuracy(matrix: ConfusionMatrix): number {
  assertMatrix("tell the accuracy", matrix);
  const { labels, counts } = matrix;
  let right = 0;
  for (let i = 0; i < labels.length; i++) {
    right += counts[i * labels.length + i]!;
  }
  return right / counts.reduce((sum, it) => sum + it, 0);
}

/** The recall and the precision of each class, in the order of the labels. */
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

/** Leaves out the classes that have no images and were never the answer. */
export function withoutEmptyClasses(matrix: ConfusionMatrix): ConfusionMatrix {
  assertMatrix("leave out classes", matrix);
  const { labels, counts } = matrix;
  const kept = [...classScores(matrix).entries()]
    .filter(([_, { images, answered }]) => images + answered > 0)
    .map(([index]) => index);
  const cells = kept.flatMap((row) =>
    kept.map((column) => counts[row * labels.length + column]!)
  );
  return {
    labels: kept.map((index) => labels[index]!),
    counts: Uint32Array.from(cells),
  };
}
