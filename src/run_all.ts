import { assertIterable } from "./argument.ts";
import {
  assertRunOptions,
  type FailedImage,
  type ImageOfMany,
  type RunOptions,
} from "./classification.ts";
import { DisposedError, ImageUnavailableError } from "./errors.ts";
import type { ImageSource } from "./image/mod.ts";
import { mapOrdered } from "./async/map_ordered.ts";

/**
 * Yields the results of `run` for many images, in order, with `concurrency` images in
 * memory. An image that can't be read or run yields its error, and the iteration
 * continues.
 *
 * @throws {ArgumentError} When `images` or an option isn't valid.
 * @throws {DisposedError} When `run` does.
 * @throws As {@linkcode mapOrdered}.
 */
export async function* runAll<T extends ImageSource, R extends object>(
  images: (Iterable<T> & object) | AsyncIterable<T>,
  options: RunOptions & { readonly concurrency: number },
  run: (image: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<(ImageOfMany<T> & R) | FailedImage<T>, void, void> {
  assertRunOptions(options);
  assertIterable("run images", images);
  const runOne = async (image: T, signal: AbortSignal, index: number) => {
    try {
      return { index, image, ...await run(image, signal) };
    } catch (thrown) {
      if (thrown instanceof DisposedError) throw thrown;
      // The caller's stream may throw any value.
      const error = thrown instanceof Error
        ? thrown
        : new ImageUnavailableError(`Cannot read the image: ${thrown}`, {
          cause: thrown,
        });
      return { index, image, error };
    }
  };
  yield* mapOrdered(images, runOne, options);
}
