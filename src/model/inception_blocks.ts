/**
 * The blocks of Inception-v3. Each reads `x` and returns the name of its concatenation.
 *
 * @module
 */
import type { LayerBuilder } from "./layer_builder.ts";

/** Figure 5: a 5 x 5 convolution in parallel with two 3 x 3 ones. */
export function blockA(
  net: LayerBuilder,
  name: string,
  x: string,
  poolChannels: number,
): string {
  const { conv, avgPool, concat } = net;
  let b5 = conv(`${name}/branch5x5_1`, x, 48, 1);
  b5 = conv(`${name}/branch5x5_2`, b5, 64, 5);
  let b3 = conv(`${name}/branch3x3dbl_1`, x, 64, 1);
  b3 = conv(`${name}/branch3x3dbl_2`, b3, 96, 3);
  b3 = conv(`${name}/branch3x3dbl_3`, b3, 96, 3);
  const pool = avgPool(`${name}/AvgPool_3x3`, x);
  return concat(name, [
    conv(`${name}/branch1x1`, x, 64, 1),
    b5,
    b3,
    conv(`${name}/branch_pool`, pool, poolChannels, 1),
  ]);
}

/** Figure 10: halves the grid, by strided convolutions and a pool in parallel. */
export function blockB(net: LayerBuilder, name: string, x: string): string {
  const { conv, maxPool, concat } = net;
  let dbl = conv(`${name}/branch3x3dbl_1`, x, 64, 1);
  dbl = conv(`${name}/branch3x3dbl_2`, dbl, 96, 3);
  dbl = conv(`${name}/branch3x3dbl_3`, dbl, 96, 3, 2, "valid");
  return concat(name, [
    conv(`${name}/branch3x3`, x, 384, 3, 2, "valid"),
    dbl,
    maxPool(`${name}/MaxPool_3x3`, x),
  ]);
}

/** Figure 6: 7 x 7 convolutions factorized into 1 x 7 and 7 x 1. */
export function blockC(
  net: LayerBuilder,
  name: string,
  x: string,
  inner: number,
): string {
  const { conv, avgPool, concat } = net;
  let b7 = conv(`${name}/branch7x7_1`, x, inner, 1);
  b7 = conv(`${name}/branch7x7_2`, b7, inner, [1, 7]);
  b7 = conv(`${name}/branch7x7_3`, b7, 192, [7, 1]);
  let dbl = conv(`${name}/branch7x7dbl_1`, x, inner, 1);
  dbl = conv(`${name}/branch7x7dbl_2`, dbl, inner, [7, 1]);
  dbl = conv(`${name}/branch7x7dbl_3`, dbl, inner, [1, 7]);
  dbl = conv(`${name}/branch7x7dbl_4`, dbl, inner, [7, 1]);
  dbl = conv(`${name}/branch7x7dbl_5`, dbl, 192, [1, 7]);
  const pool = avgPool(`${name}/AvgPool_3x3`, x);
  return concat(name, [
    conv(`${name}/branch1x1`, x, 192, 1),
    b7,
    dbl,
    conv(`${name}/branch_pool`, pool, 192, 1),
  ]);
}

/** Figure 10 again, with a factorized 7 x 7 before one of the strides. */
export function blockD(net: LayerBuilder, name: string, x: string): string {
  const { conv, maxPool, concat } = net;
  let b3 = conv(`${name}/branch3x3_1`, x, 192, 1);
  b3 = conv(`${name}/branch3x3_2`, b3, 320, 3, 2, "valid");
  let b7 = conv(`${name}/branch7x7x3_1`, x, 192, 1);
  b7 = conv(`${name}/branch7x7x3_2`, b7, 192, [1, 7]);
  b7 = conv(`${name}/branch7x7x3_3`, b7, 192, [7, 1]);
  b7 = conv(`${name}/branch7x7x3_4`, b7, 192, 3, 2, "valid");
  return concat(name, [b3, b7, maxPool(`${name}/MaxPool_3x3`, x)]);
}

/**
 * Figure 7: expanded filter banks on the coarsest grid.
 *
 * @param branchPool The kind of its pool: `"max"` only in FID's network.
 */
export function blockE(
  net: LayerBuilder,
  name: string,
  x: string,
  branchPool: "avg" | "max" = "avg",
): string {
  const { conv, avgPool, maxPool, concat } = net;
  const b3 = conv(`${name}/branch3x3_1`, x, 384, 1);
  let dbl = conv(`${name}/branch3x3dbl_1`, x, 448, 1);
  dbl = conv(`${name}/branch3x3dbl_2`, dbl, 384, 3);
  const pool = branchPool === "max"
    ? maxPool(`${name}/MaxPool_3x3`, x, 3, 1, "same")
    : avgPool(`${name}/AvgPool_3x3`, x);
  return concat(name, [
    conv(`${name}/branch1x1`, x, 320, 1),
    concat(`${name}/branch3x3`, [
      conv(`${name}/branch3x3_2a`, b3, 384, [1, 3]),
      conv(`${name}/branch3x3_2b`, b3, 384, [3, 1]),
    ]),
    concat(`${name}/branch3x3dbl`, [
      conv(`${name}/branch3x3dbl_3a`, dbl, 384, [1, 3]),
      conv(`${name}/branch3x3dbl_3b`, dbl, 384, [3, 1]),
    ]),
    conv(`${name}/branch_pool`, pool, 192, 1),
  ]);
}
