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

/**
 * Predicts the probabilities of an image's classes: a model, on one crop or several, or
 * an ensemble.
 */
export interface Predictor {
  /** The names of the classes. */
  readonly labels: readonly string[];
  /**
   * Whether an image has one class, or any number of labels, each with a probability of
   * its own; `"softmax"` unless given.
   */
  readonly activation?: "softmax" | "sigmoid" | undefined;
  /** How many images to predict at once for the highest throughput. */
  readonly concurrency: number;
  /**
   * Classifies an image. Several calls may run at once.
   *
   * @throws {UnsupportedImageError} When the bytes aren't an image, or in a format that
   * isn't an `ImageFormat`.
   * @throws {CorruptImageError} When it is damaged or cut off.
   * @throws {ImageTooLargeError} When the image exceeds `maxPixels` or `maxMemory`.
   * @throws {AbortedError} When the signal fires.
   */
  predict(image: ImageSource, signal?: AbortSignal): Promise<Prediction>;
}
