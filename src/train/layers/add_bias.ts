import type { Tensor1D, Tensor4D } from "../../backends/tfjs/types.ts";
import type { Tfjs } from "../../backends/tfjs/execute.ts";
import { withGradient } from "./with_gradient.ts";

/**
 * A convolution's bias and a ReLU: what follows it where batch norm is folded.
 *
 * @param x `[images, height, width, channels]`.
 * @param bias `[channels]`.
 */
export function addBias(tf: Tfjs, x: Tensor4D, bias: Tensor1D): Tensor4D {
  return withGradient(tf, [x, bias], () => {
    const value = tf.relu(tf.add(x, bias)) as Tensor4D;
    return {
      value,
      saved: [value],
      gradient(dy, [value]) {
        const dz = tf.mul(dy, tf.step(value)) as Tensor4D;
        return [dz, tf.sum(dz, [0, 1, 2])];
      },
    };
  });
}
