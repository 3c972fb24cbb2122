import type { Tensor2D } from "../../backends/tfjs/types.ts";
import type { Tfjs } from "../../backends/tfjs/execute.ts";
import type { Random } from "../random.ts";
import { withGradient } from "./with_gradient.ts";

/**
 * Sets values to zero at random, and scales the others up so that their mean
 * stays.
 *
 * @param x `[images, values]`.
 * @param rate The part that is dropped, in [0, 1).
 */
export function dropout(
  tf: Tfjs,
  x: Tensor2D,
  rate: number,
  random: Random,
): Tensor2D {
  if (rate === 0) return x;
  const kept = 1 / (1 - rate);
  const mask = tf.tensor2d(
    Float32Array.from({ length: x.size }, () => random() < rate ? 0 : kept),
    x.shape,
  );
  return withGradient(tf, [x], () => ({
    value: tf.mul(x, mask) as Tensor2D,
    saved: [mask],
    gradient: (dy, [mask]) => [tf.mul(dy, mask)],
  }));
}
