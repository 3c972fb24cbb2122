import type { ConvNode, Shape } from "../model/mod.ts";

/**
 * Transposes a convolution's weights from `[height, width, inputs, outputs]`, the order
 * of this package and TensorFlow, to another order.
 *
 * @param order The original axis of each axis of the result: `[3, 2, 0, 1]` yields
 * `[outputs, inputs, height, width]`.
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

/** The shape of a convolution's weights: `[height, width, inputs, outputs]`. */
export function weightExtents(node: ConvNode, input: Shape): number[] {
  return [...node.kernel, input[2], node.channels];
}
