import type {
  Tensor1D,
  Tensor2D,
  Tensor4D,
  Tfjs,
} from "../../backends/tfjs/types.ts";
import { withGradient } from "./with_gradient.ts";

/** Added to variances; the same in slim, Keras and PyTorch. */
export const EPSILON = 1e-3;

/** The mean and the variance of each channel over a batch, `[channels]`. */
export interface Moments {
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}

/**
 * Batch norm with the batch's own moments (arXiv 1502.03167, algorithm 1), and a ReLU. As
 * in slim and Keras, there is no gamma.
 *
 * @param x `[images, height, width, channels]`.
 * @param beta `[channels]`.
 * @param onMoments Called with moments that are disposed after the call.
 */
export function normalize(
  tf: Tfjs,
  x: Tensor4D,
  beta: Tensor1D,
  onMoments: (moments: Moments) => void,
): Tensor4D {
  const channels = x.shape[3];
  const count = x.size / channels;
  return withGradient(tf, [x, beta], () => {
    const rows = tf.reshape(x, [count, channels]);
    const mean = tf.mean(rows, 0) as Tensor1D;
    const centred = tf.sub(rows, mean);
    const variance = tf.mean(tf.square(centred), 0) as Tensor1D;
    onMoments({ mean, variance });
    const factor = tf.rsqrt(tf.add(variance, EPSILON));
    const normal = tf.mul(centred, factor) as Tensor2D;
    const value = tf.relu(tf.add(normal, beta));
    return {
      value: tf.reshape(value, x.shape) as Tensor4D,
      saved: [normal, factor, beta],
      gradient(dy, [normal, factor, beta]) {
        const passed = tf.step(tf.add(normal, beta));
        const dz = tf.mul(tf.reshape(dy, [count, channels]), passed);
        const ofBeta = tf.sum(dz, 0);
        const along = tf.sum(tf.mul(dz, normal), 0);
        const rest = tf.sub(
          tf.sub(dz, tf.div(ofBeta, count)),
          tf.mul(normal, tf.div(along, count)),
        );
        return [tf.reshape(tf.mul(rest, factor), x.shape), ofBeta];
      },
    };
  });
}
