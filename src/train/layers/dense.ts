import type { Tensor1D, Tensor2D, Tfjs } from "../../backends/tfjs/types.ts";
import type { Activation } from "../../model/graph.ts";
import { withGradient } from "./with_gradient.ts";

/**
 * A dense layer: `x * kernel + bias`, and a ReLU if there is one.
 *
 * @param x `[images, inputs]`.
 * @param kernel `[inputs, units]`.
 * @param bias `[units]`.
 */
export function dense(
  tf: Tfjs,
  x: Tensor2D,
  kernel: Tensor2D,
  bias: Tensor1D,
  activation: Activation,
): Tensor2D {
  return withGradient(tf, [x, kernel, bias], () => {
    const value = tf.fused.matMul({ a: x, b: kernel, bias, activation });
    return {
      value: value as Tensor2D,
      saved: [x, kernel, value],
      gradient(dy, [x, kernel, value]) {
        const dz = activation === "relu" ? tf.mul(dy, tf.step(value)) : dy;
        // Transposed before: backends multiply rows by columns the fastest.
        return [
          tf.matMul(dz, tf.transpose(kernel)),
          tf.matMul(tf.transpose(x), dz),
          tf.sum(dz, 0),
        ];
      },
    };
  });
}
