import type { ImageSource } from "../image/mod.ts";

/** The answer to an image. */
export interface Prediction {
  /**
   * The probability of each class, in the order of the labels. The sum is 1, unless the
   * predictor has a sigmoid.
   */
  readonly probabilities: Float32Array;
  /** Time in the networks, in ms, with waiting for a thread. */
  readonly inference: number;
}

/** Gives the probabilities of an image's classes. */
export interface Predictor {
  /** The names of the classes. */
  readonly labels: readonly string[];
  /**
   * Whether an image has one class, or any number of labels, each with a probability of
   * its own; `"softmax"` unless given.
   */
  readonly activation?: "softmax" | "sigmoid" | undefined;
  /** How many images to give it at once for the highest throughput. */
  readonly concurrency: number;
  /**
   * Classifies an image. Calls may overlap.
   *
   * @throws {UnsupportedImageError} When it isn't an image, or of no `ImageFormat`.
   * @throws {CorruptImageError} When it is damaged or cut off.
   * @throws {ImageTooLargeError} When it has too many pixels.
   * @throws {AbortedError} When the signal fires.
   */
  predict(image: ImageSource, signal?: AbortSignal): Promise<Prediction>;
}
