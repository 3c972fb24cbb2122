import type { OptionNames } from "../argument.ts";
import {
  type Classification,
  FRAME_OPTIONS,
  type RunOptions,
} from "../classification.ts";
import type { Box } from "../image/mod.ts";

/**
 * The method that makes an explanation.
 *
 * `"cam"` is the class activation map (arXiv 1512.04150): each cell of the last grid,
 * weighted as the classifier weights it. It takes one run.
 *
 * `"occlusion"` (arXiv 1311.2901) is the loss of probability when a grey square, two
 * cells wide, covers the cell. It needs only the network's answers, but one run per
 * cell and one more: 65 at 299 pixels.
 */
export type ExplainMethod = "cam" | "occlusion";

/** Options of `explain`. */
export interface ExplainOptions extends Omit<RunOptions, "frames"> {
  /**
   * The class to explain, by name, id or index; the most likely one unless given. A
   * model that gives logits requires it. Names and ids match in upper and lower case,
   * with spaces, hyphens or underscores between words.
   */
  readonly class?: string | number | undefined;
  /** How the map is made; `"cam"` unless given. */
  readonly method?: ExplainMethod | undefined;
}

export const EXPLAIN_OPTIONS: OptionNames<ExplainOptions> = {
  ...FRAME_OPTIONS,
  class: true,
  method: true,
};

/** Where in a photo the model sees a class. */
export interface Explanation extends Omit<Classification, "probability"> {
  /** The class's probability, 0..1; `null` for a model that gives logits. */
  readonly probability: number | null;
  /** How the map was made. */
  readonly method: ExplainMethod;
  /** The map's rows: 8 at 299 pixels. */
  readonly rows: number;
  /** The map's columns, as many as rows. */
  readonly columns: number;
  /**
   * The map, `[rows, columns]`, row-major. Values > 0 speak for the class.
   *
   * For `"cam"` in units of logits: the mean of the values plus the contribution of the
   * biases is the class's logit. This is exact for a linear classifier. A classifier
   * with hidden layers is linear in the neighbourhood of this image, and this is its
   * map there.
   *
   * For `"occlusion"` the loss of probability, -1..1, or of the logit for a model that
   * gives logits.
   */
  readonly values: Float32Array;
  /** The part of the upright photo that the network sees, in pixels of the photo. */
  readonly crop: Box;
  /**
   * The part of the photo that the map's cells cover, in the same pixels. It is
   * smaller than `crop`, as no cell has its centre near the edge.
   */
  readonly mapBounds: Box;
}
