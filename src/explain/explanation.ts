import type { OptionNames } from "../argument.ts";
import {
  type Classification,
  FRAME_OPTIONS,
  type RunOptions,
} from "../classification.ts";
import type { Box } from "../image/mod.ts";

/**
 * The method to compute an explanation.
 *
 * `"cam"` is the class activation map (arXiv 1512.04150): the cells of the last grid,
 * weighted as in the classifier. It needs one run.
 *
 * `"occlusion"` (arXiv 1311.2901) is the decrease in probability when a grey square,
 * two cells wide, covers the cell. It only uses the network's outputs, but needs one
 * run per cell plus one: 65 at 299 pixels.
 */
export type ExplainMethod = "cam" | "occlusion";

/** Options of `explain`. */
export interface ExplainOptions extends Omit<RunOptions, "frames"> {
  /**
   * The class to explain, by name, id or index; the most likely one unless given.
   * Required for a model that returns logits. Case doesn't matter in names and ids, and
   * spaces, hyphens and underscores between words are equivalent.
   */
  readonly class?: string | number | undefined;
  /** The method; `"cam"` unless given. */
  readonly method?: ExplainMethod | undefined;
}

export const EXPLAIN_OPTIONS: OptionNames<ExplainOptions> = {
  ...FRAME_OPTIONS,
  class: true,
  method: true,
};

/** Where in a photo the model sees a class. */
export interface Explanation extends Omit<Classification, "probability"> {
  /** The class's probability, 0..1; `null` for a model that returns logits. */
  readonly probability: number | null;
  /** The method used. */
  readonly method: ExplainMethod;
  /** The number of rows: 8 at 299 pixels. */
  readonly rows: number;
  /** The number of columns, equal to the rows. */
  readonly columns: number;
  /**
   * The map, `[rows, columns]`, row-major. Values > 0 support the class.
   *
   * For `"cam"` in units of logits: the mean of the values plus the contribution of the
   * biases is the class's logit. This is exact for a linear classifier. A classifier with
   * hidden layers is locally linear around this image, and this is its map there.
   *
   * For `"occlusion"` the decrease in probability, -1..1, or in the logit for a model
   * that returns logits.
   */
  readonly values: Float32Array;
  /** The part of the upright photo that the network sees, in pixels of the photo. */
  readonly crop: Box;
  /**
   * The part of the photo that the map's cells cover, in the same pixels. It is smaller
   * than `crop`, as the centres of cells aren't near the edge.
   */
  readonly mapBounds: Box;
}
