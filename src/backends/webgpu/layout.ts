/**
 * What plans and kernels agree on. A page plans before it loads any kernel.
 *
 * @module
 */

import { RESCALE_BYTES } from "../int8/tables.ts";

/** How a convolution's tile is computed; all ways give the same codes. */
export interface ConvTile {
  /**
   * `"dot4"`: WGSL's product of packed bytes, where the device's language has it.
   * `"f32"`: products of bytes as f32.
   */
  readonly products: "dot4" | "f32";
  /** The pixels of a tile. */
  readonly pixels: number;
  /** Its panels of 8 channels. */
  readonly panels: number;
}

/** The invocations of a workgroup: no device has less than twice as many. */
export const WORKGROUP = 64;

/** The bytes of a `vec4<u32>`: all of a model begins at a multiple of it. */
export const VECTOR_BYTES = 16;

/** Vectors of a panel's table; see `int8/tables.ts`. */
export const RESCALE_VECTORS: number = RESCALE_BYTES / VECTOR_BYTES;

/** The most that a step's numbers take, in bytes. */
export const FIELD_BYTES = 80;

/** From a step's numbers to the next's, in bytes: what every device allows. */
export const STEP_STRIDE = 256;

/** How many images are under way: one computes, the other comes or goes. */
export const CONCURRENCY = 2;
