import type {
  Tensor,
  Tensor2D,
  Tensor4D,
  Tfjs,
} from "../../backends/tfjs/types.ts";
import type { AvgPoolNode, MaxPoolNode } from "../../model/mod.ts";
import { windowPadding } from "./convolve.ts";
import { withGradient } from "./with_gradient.ts";

export function maxPool(
  tf: Tfjs,
  x: Tensor4D,
  { size, stride, padding }: Pick<MaxPoolNode, "size" | "stride" | "padding">,
): Tensor4D {
  return withGradient(tf, [x], () => {
    const value = tf.maxPool(x, size, stride, padding);
    return {
      value,
      saved: [x, value],
      gradient: (dy, [input, output]) => [
        tf.engine().runKernel("MaxPoolGrad", { dy, input, output }, {
          filterSize: size,
          strides: stride,
          pad: padding,
        }) as Tensor,
      ],
    };
  });
}

/**
 * tfjs's own gradient ignores padding, so the input is padded with zeros, and means are
 * divided by the fraction of their window that counts.
 */
export function averagePool(
  tf: Tfjs,
  x: Tensor4D,
  { size, stride, padding, countIncludePad }: Pick<
    AvgPoolNode,
    "size" | "stride" | "padding" | "countIncludePad"
  >,
): Tensor4D {
  const [, height, width, channels] = x.shape;
  const [rows, columns] = windowPadding(x.shape, size, size, {
    stride,
    padding,
  });
  const pad = <T extends Tensor>(it: T): T =>
    tf.pad(it, [[0, 0], rows, columns, [0, 0]]);
  return withGradient(tf, [x], () => {
    const input = pad(x);
    const means = tf.avgPool(input, size, stride, "valid");
    /** `[1, height, width, 1]`. */
    const part = countIncludePad || padding === "valid"
      ? tf.ones([1, 1, 1, 1])
      : tf.avgPool(
        pad(tf.ones([1, height, width, 1]) as Tensor4D),
        size,
        stride,
        "valid",
      );
    return {
      value: tf.div(means, part) as Tensor4D,
      saved: [input, part],
      gradient(dy, [input, part]) {
        const gradient = tf.engine().runKernel(
          "AvgPoolGrad",
          { dy: tf.div(dy, part), input },
          { filterSize: size, strides: stride, pad: "valid" },
        ) as Tensor4D;
        const start = [0, rows[0], columns[0], 0];
        return [tf.slice(gradient, start, [-1, height, width, channels])];
      },
    };
  });
}

/** The mean of each channel: `[images, channels]`. */
export function globalAveragePool(tf: Tfjs, x: Tensor4D): Tensor2D {
  const [images, height, width, channels] = x.shape;
  return withGradient(tf, [x], () => ({
    value: tf.mean(x, [1, 2]) as Tensor2D,
    saved: [],
    gradient(dy) {
      const share = tf.div(dy, height * width);
      const pixel = tf.reshape(share, [images, 1, 1, channels]);
      return [tf.tile(pixel, [1, height, width, 1])];
    },
  }));
}
