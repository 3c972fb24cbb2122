import type { Tensor1D, Tensor4D } from "../backends/tfjs/types.ts";
import type { Tfjs } from "../backends/tfjs/execute.ts";
import type { Grid } from "../model/grid.ts";

/**
 * An activation at the cells of another resolution's grid of the same image,
 * interpolated between its own.
 *
 * @param x `[images, from.rows, from.columns, channels]`, as many rows as columns.
 * @param from Reaches as far as `to`.
 * @returns `[images, to.rows, to.columns, channels]`.
 */
export function onGrid(
  tf: Tfjs,
  x: Tensor4D,
  from: Grid,
  to: Grid,
): Tensor4D {
  const [images] = x.shape;
  // In parts of the way from its own first cell to its last.
  const length = from.step * (from.columns - 1);
  const partOf = (cell: number) => {
    const middle = (to.first + to.step * cell) / to.side;
    return (middle * from.side - from.first) / length;
  };
  const [start, end] = [partOf(0), partOf(to.columns - 1)];
  const boxes = Array.from({ length: images }, () => [start, start, end, end]);
  const indices = tf.range(0, images, 1, "int32") as Tensor1D;
  return tf.image.cropAndResize(
    x,
    tf.tensor2d(boxes),
    indices,
    [to.rows, to.columns],
    "bilinear",
  );
}
