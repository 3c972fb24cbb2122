/**
 * Scores of one label, which an image either has or not. They match scikit-learn's, but
 * are `null` where scikit-learn warns and returns 0.
 *
 * @module
 */

/** How often a label was predicted, and how often that was correct. */
export interface LabelCounts {
  /** The number of images that have the label. */
  readonly images: number;
  /** The number of images whose probability reaches the threshold. */
  readonly answered: number;
  /** The number of images for which both are true: the true positives. */
  readonly correct: number;
}

/** How well a label is recognised, at one threshold. */
export interface LabelRates {
  /** `correct / answered`, 0..1; `null` where the label was never answered. */
  readonly precision: number | null;
  /** `correct / images`, 0..1; `null` where no image has the label. */
  readonly recall: number | null;
  /**
   * The harmonic mean of both, 0..1; `null` if no image has the label and it was never
   * answered.
   */
  readonly f1: number | null;
}

export function labelRates(
  { images, answered, correct }: LabelCounts,
): LabelRates {
  const part = (of: number, all: number) => all === 0 ? null : of / all;
  return {
    precision: part(correct, answered),
    recall: part(correct, images),
    f1: part(2 * correct, images + answered),
  };
}

/** How well a label is recognised, over all thresholds. */
export interface RankScores {
  /**
   * Average precision, 0..1: the sum over thresholds of precision times the increase in
   * recall. `null` if no image has the label.
   */
  readonly averagePrecision: number | null;
  /**
   * The area under the ROC curve, 0..1: the probability that an image with the label is
   * ranked above one without; a tie counts half. `null` if all images have the label, or
   * none has.
   */
  readonly rocAuc: number | null;
}

/** @param answers The probability for each image, and whether the image has the label. */
export function rankScores(
  answers: readonly {
    readonly probability: number;
    readonly isActual: boolean;
  }[],
): RankScores {
  const sorted = answers.toSorted((a, b) => b.probability - a.probability);
  const actual = sorted.filter(({ isActual }) => isActual).length;
  const others = sorted.length - actual;
  let averagePrecision = 0;
  let pairs = 0;
  let found = 0; // Images with the label at or above a threshold.
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    // Equal probabilities share one threshold.
    let tied = 0;
    const { probability } = sorted[from]!;
    while (to < sorted.length && sorted[to]!.probability === probability) {
      tied += Number(sorted[to++]!.isActual);
    }
    const tiedOthers = to - from - tied;
    pairs += tiedOthers * (found + tied / 2);
    found += tied;
    averagePrecision += (tied / actual) * (found / to);
  }
  return {
    averagePrecision: actual === 0 ? null : averagePrecision,
    rocAuc: actual === 0 || others === 0 ? null : pairs / (actual * others),
  };
}
