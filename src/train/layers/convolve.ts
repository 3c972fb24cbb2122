import type { Tensor4D, Tfjs } from "../../backends/tfjs/types.ts";
import type { Padding } from "../../model/mod.ts";
import { samePadding } from "../../model/shapes.ts";
import { withGradient } from "./with_gradient.ts";

export interface Window {
  readonly stride: number;
  readonly padding: Padding;
}

/**
 * A convolution without bias.
 *
 * @param x `[images, height, width, inputs]`.
 * @param kernel `[kernel height, kernel width, inputs, outputs]`.
 * @param isImage Whether nothing before `x` is trained, so that it needs no gradient.
 */
export function convolve(
  tf: Tfjs,
  x: Tensor4D,
  kernel: Tensor4D,
  window: Window,
  isImage: boolean,
): Tensor4D {
  const inputs = isImage ? [kernel] : [x, kernel];
  return withGradient(tf, inputs, () => ({
    value: tf.conv2d(x, kernel, window.stride, window.padding),
    saved: [x, kernel],
    gradient(dy, [x, kernel]) {
      const ofKernel = kernelGradient(tf, x, dy, kernel.shape, window);
      if (isImage) return [ofKernel];
      return [inputGradient(tf, x.shape, dy, kernel, window), ofKernel];
    },
  }));
}

type Shape4D = [number, number, number, number];

/**
 * Computed as a convolution: of the input, with images and channels swapped, and the
 * output's gradient as a kernel, dilated by the stride.
 */
function kernelGradient(
  tf: Tfjs,
  x: Tensor4D,
  dy: Tensor4D,
  [height, width, inputs, outputs]: Shape4D,
  window: Window,
): Tensor4D {
  const [rows, columns] = windowPadding(x.shape, height, width, window);
  const padded = tf.pad(x, [[0, 0], rows, columns, [0, 0]]);
  const images = tf.transpose(padded, [3, 1, 2, 0]) as Tensor4D;
  const kernel = tf.transpose(dy, [1, 2, 0, 3]) as Tensor4D;
  const all = tf.conv2d(images, kernel, 1, "valid", "NHWC", window.stride);
  // No window covers pixels after the last one.
  const seen = tf.slice(all, [0, 0, 0, 0], [inputs, height, width, outputs]);
  return tf.transpose(seen, [1, 2, 0, 3]) as Tensor4D;
}

/** Convolves the output's gradient with the rotated kernel. */
function inputGradient(
  tf: Tfjs,
  shape: Shape4D,
  dy: Tensor4D,
  kernel: Tensor4D,
  window: Window,
): Tensor4D {
  const { stride, padding } = window;
  // A plain convolution is several times faster on all backends.
  if (stride > 1) {
    return tf.conv2dTranspose(dy, kernel, shape, stride, padding);
  }
  const [height, width] = kernel.shape;
  const [rows, columns] = windowPadding(shape, height, width, window);
  const padded = tf.pad(dy, [
    [0, 0],
    [height - 1 - rows[0], height - 1 - rows[1]],
    [width - 1 - columns[0], width - 1 - columns[1]],
    [0, 0],
  ]);
  const turned = tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(padded, turned as Tensor4D, 1, "valid");
}

type Sides = [before: number, after: number];

/** The SAME padding before and after rows and columns; zeros for VALID. */
export function windowPadding(
  [, rows, columns]: Shape4D,
  height: number,
  width: number,
  { stride, padding }: Window,
): [Sides, Sides] {
  if (padding === "valid") return [[0, 0], [0, 0]];
  return [
    samePadding(rows, height, stride),
    samePadding(columns, width, stride),
  ];
}
