import type { Scalar, Tensor1D, Tensor4D } from "../../backends/tfjs/types.ts";
import type { Tfjs } from "../../backends/tfjs/execute.ts";
import { withGradient } from "./with_gradient.ts";

/**
 * The mean square of what activations miss their targets by, each channel with its
 * own weight.
 *
 * @param x `[images, height, width, channels]`.
 * @param targets As `x`.
 * @param weights `[channels]`.
 */
export function squareLoss(
  tf: Tfjs,
  x: Tensor4D,
  targets: Tensor4D,
  weights: Tensor1D,
): Scalar {
  return withGradient(tf, [x], () => {
    const missed = tf.sub(x, targets) as Tensor4D;
    const weighted = tf.mul(missed, weights) as Tensor4D;
    return {
      value: tf.mean(tf.mul(missed, weighted)) as Scalar,
      saved: [weighted],
      gradient: (dy, [weighted]) => [tf.mul(weighted, tf.mul(dy, 2 / x.size))],
    };
  });
}
