import { assertIterable, assertWhole } from "../argument.ts";
import { ArgumentError } from "../errors.ts";

/** The probability of an answer, and whether it was right. */
export interface Confidence {
  /** 0..1 */
  readonly probability: number;
  /** Whether the answer was right. */
  readonly isRight: boolean;
}

/** The answers whose probabilities are in `(from, to]`. */
export interface CalibrationBin {
  /** The lower end; included only in the first bin. */
  readonly from: number;
  /** The upper end. */
  readonly to: number;
  /** The number of answers. */
  readonly images: number;
  /** The fraction of correct answers, 0..1; `null` in an empty bin. */
  readonly accuracy: number | null;
  /** Their mean probability, 0..1; `null` in an empty bin. */
  readonly confidence: number | null;
}

/** How well probabilities are calibrated. */
export interface CalibrationReport {
  /**
   * The expected calibration error, 0..1: the mean absolute difference between accuracy
   * and confidence, weighted by the number of answers per bin.
   */
  readonly error: number;
  /** Bins of equal width, from 0 to 1. */
  readonly bins: readonly CalibrationBin[];
}

/**
 * The expected calibration error: "On calibration of modern neural networks" (arXiv
 * 1706.04599), equation 3, with its 15 bins.
 *
 * @throws {ArgumentError} When there are no answers, a probability isn't in 0..1, or
 * `bins` isn't a whole number >= 1.
 */
export function calibrationError(
  answers: Iterable<Confidence>,
  bins = 15,
): CalibrationReport {
  assertIterable("measure calibration", answers, "answers");
  assertWhole("measure calibration", "bins", bins, 1);
  const sums = Array.from(
    { length: bins },
    () => ({ images: 0, right: 0, probability: 0 }),
  );
  let total = 0;
  for (const answer of answers) {
    const { probability, isRight } = answer ?? {};
    // Because of rounding, a mean of probabilities may slightly exceed 1.
    if (!(probability >= 0 && probability <= 1 + 1e-5)) {
      throw new ArgumentError(
        `Cannot measure calibration as probabilities must be in 0..1: one is ${probability}`,
      );
    }
    const at = Math.min(bins, Math.max(1, Math.ceil(probability * bins))) - 1;
    const bin = sums[at]!;
    bin.images += 1;
    bin.right += Number(isRight);
    bin.probability += probability;
    total += 1;
  }
  if (total === 0) {
    throw new ArgumentError("Cannot measure calibration without answers");
  }
  return {
    error: sums.reduce(
      (sum, { right, probability }) => sum + Math.abs(right - probability),
      0,
    ) / total,
    bins: sums.map(({ images, right, probability }, i) => ({
      from: i / bins,
      to: (i + 1) / bins,
      images,
      accuracy: images === 0 ? null : right / images,
      confidence: images === 0 ? null : probability / images,
    })),
  };
}
