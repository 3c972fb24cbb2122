import type { ImageSource } from "../image/mod.ts";

/** The answer to an image. */
export interface Prediction {
  /**
   * The probability of each class, in the order of the labels. The sum is 1, unless the
   * predictor has a sigmoid.
   */
  readonly probabilities: Float32Array;
  /** The time in the networks, in ms, including waiting for a thread. */
  readonly inference: number;
}

/**
 * Predicts the class probabilities of an image: a model, on one or several crops, or an
 * ensemble.
 */
export interface Predictor {
  /** The names of the classes. */
  readonly labels: readonly string[];
  /**
   * `"softmax"` if an image has one class; `"sigmoid"` if it has any number of labels,
   * each with an independent probability. `"softmax"` unless given.
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
