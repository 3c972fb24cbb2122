import type { Scalar, Tensor2D, Tfjs } from "../../backends/tfjs/types.ts";
import { withGradient } from "./with_gradient.ts";

/** A classifier's answers, and how much its loss counts. */
export interface WeightedLogits {
  /** `[images, classes]`. */
  readonly logits: Tensor2D;
  /** 1 for the network's own classifier, 0.4 for the auxiliary one. */
  readonly weight: number;
}

/**
 * The cross-entropy between distributions and the softmax of logits, its mean over
 * the images, summed over the classifiers by weight. Its gradient is `p - q'`
 * (arXiv 1512.00567, section 7).
 *
 * @param targets `[images, classes]`, smoothed or not.
 */
export function softmaxLoss(
  tf: Tfjs,
  classifiers: readonly WeightedLogits[],
  targets: Tensor2D,
): Scalar {
  const [images] = targets.shape;
  const factors = classifiers.map(({ weight }) => weight / images);
  const inputs = classifiers.map(({ logits }) => logits);
  return withGradient(tf, inputs, () => {
    const logProbabilities = inputs.map((it) => tf.logSoftmax(it));
    const losses = logProbabilities.map((it, i) =>
      tf.mul(tf.sum(tf.mul(it, targets)), -factors[i]!)
    );
    return {
      value: losses.reduce((a, b) => tf.add(a, b)) as Scalar,
      saved: [targets, ...logProbabilities],
      gradient: (dy, [targets, ...logProbabilities]) =>
        logProbabilities.map((it, i) =>
          tf.mul(tf.sub(tf.exp(it), targets!), tf.mul(dy, factors[i]!))
        ),
    };
  });
}
