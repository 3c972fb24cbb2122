/**
 * What an explanation is: a map over the photo of where a class was seen.
 *
 * @module
 */
import type { OptionNames } from "../argument.ts";
import {
  type Classification,
  RUN_OPTIONS,
  type RunOptions,
} from "../classification.ts";
import type { Box } from "../image/mod.ts";

/**
 * How a map is made.
 *
 * `"cam"`, the class activation map (arXiv 1512.04150): each cell of the network's
 * last grid, weighed as the classifier weighs it. One run.
 *
 * `"occlusion"` (arXiv 1311.2901): what of the probability is lost when a grey
 * square, two cells wide, covers the cell. It asks nothing but the network's
 * answers, one run a cell and one more: 65 at 299 pixels.
 */
export type ExplainMethod = "cam" | "occlusion";

/** How an image is explained. */
export interface ExplainOptions extends RunOptions {
  /**
   * The class that is explained, by name, id or index; the likeliest unless given. In
   * names and ids, case doesn't matter, nor whether words are separated by a space, a
   * hyphen or an underscore.
   */
  readonly class?: string | number | undefined;
  /** How; `"cam"` unless given. */
  readonly method?: ExplainMethod | undefined;
}

/** All of {@linkcode ExplainOptions}. */
export const EXPLAIN_OPTIONS: OptionNames<ExplainOptions> = {
  ...RUN_OPTIONS,
  class: true,
  method: true,
};

/** Where in a photo a class was seen. */
export interface Explanation extends Classification {
  /** How the map was made. */
  readonly method: ExplainMethod;
  /** The map's rows: 8 at 299 pixels. */
  readonly rows: number;
  /** The map's columns, as many as rows. */
  readonly columns: number;
  /**
   * The map, `[rows, columns]`, row-major; what is > 0 speaks for the class.
   *
   * Of `"cam"`, in the unit of logits: their mean, and what the classifier's biases
   * add, are the class's logit. A linear classifier's map is exact; a deeper one is
   * linear in the neighbourhood of this image, ReLU being so, and that is its map.
   *
   * Of `"occlusion"`, the probability that is lost: -1..1.
   */
  readonly values: Float32Array;
  /** The part of the upright photo that the network sees, in its pixels. */
  readonly seen: Box;
  /**
   * The part that the cells divide evenly between them. It is less than what is
   * seen, as no cell has its middle near the edge.
   */
  readonly area: Box;
}
