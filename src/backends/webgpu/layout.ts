/**
 * Definitions that plans and kernels share. A page plans before it loads any kernel.
 *
 * @module
 */
import { RESCALE_BYTES } from "../int8/tables.ts";

/** How an invocation computes a tile of a convolution. All tiles give the same codes. */
export interface ConvTile {
  /**
   * `"dot4"`: WGSL's dot product of packed bytes, where the device supports it.
   * `"f32"`: products of bytes as f32.
   */
  readonly products: "dot4" | "f32";
  /** Output pixels, and panels of 8 output channels. */
  readonly pixels: number;
  readonly panels: number;
}

/** Invocations of a workgroup. Every device allows twice as many. */
export const WORKGROUP = 64;

/** Bytes of a `vec4<u32>`, to which weights and tables of a model are aligned. */
export const VECTOR_BYTES = 16;

/** Vectors of the table of a panel; see `int8/tables.ts`. */
export const RESCALE_VECTORS: number = RESCALE_BYTES / VECTOR_BYTES;

/** Upper bound of a step's fields, in bytes. */
export const FIELD_BYTES = 80;

/** Bytes from a step's fields to the next's: the alignment that every device allows. */
export const STEP_STRIDE = 256;

/** Number of images in flight: one is computed while the other is copied. */
export const CONCURRENCY = 2;
