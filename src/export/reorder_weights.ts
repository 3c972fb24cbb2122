import type { ConvNode, Shape } from "../model/mod.ts";

/**
 * A convolution's weights from `[height, width, inputs, outputs]`, which is this
 * package's and TensorFlow's order, to another one.
 *
 * @param order Where each extent of the result is in the original: `[3, 2, 0, 1]`
 * gives `[outputs, inputs, height, width]`.
 */
export function reorderWeights<T extends Float32Array | Int8Array>(
  weights: T,
  extents: readonly number[],
  order: readonly number[],
): T {
  const strides = extents.map((_, axis) =>
    extents.slice(axis + 1).reduce((a, b) => a * b, 1)
  );
  const [a, b, c, d] = order.map((axis) => extents[axis]!);
  const [strideA, strideB, strideC, strideD] = order.map((it) => strides[it]!);
  const reordered = weights.slice() as T;
  let to = 0;
  for (let i = 0; i < a!; i++) {
    for (let j = 0; j < b!; j++) {
      for (let k = 0; k < c!; k++) {
        let from = i * strideA! + j * strideB! + k * strideC!;
        for (let l = 0; l < d!; l++, from += strideD!) {
          reordered[to++] = weights[from]!;
        }
      }
    }
  }
  return reordered;
}

/** `[height, width, inputs, outputs]` of a convolution of an activation. */
export function weightExtents(node: ConvNode, input: Shape): number[] {
  return [...node.kernel, input[2], node.channels];
}
