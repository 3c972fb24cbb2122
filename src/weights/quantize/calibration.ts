/**
 * What quantizing must know of a network's activations: the range of each tensor
 * that is kept as codes, and the mean of each channel that a layer reads.
 *
 * @module
 */
import type { CalibrationMetadata } from "../../model/mod.ts";

/** A network's activations, over images or in theory. */
export interface Calibration {
  /** How they were found. */
  readonly metadata: CalibrationMetadata;
  /** The ranges of the activations of convolutions and average pools. */
  readonly ranges: ReadonlyMap<string, number>;
  /** The means of the channels of all activations, and of the image in 0..255. */
  readonly means: ReadonlyMap<string, Float64Array>;
}
