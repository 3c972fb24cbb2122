/**
 * Runs a model on an image or on many. What only animations or many images need is loaded
 * with the first of them.
 *
 * @module
 */
import type { OutputName, Session } from "./backends/backend.ts";
import type { FailedImage, ImageOfMany, RunOptions } from "./classification.ts";
import type { ImageSource, Pixels } from "./image/mod.ts";
import { type NetworkInput, runImage } from "./run_image.ts";

/** What runs, and how images enter it. */
interface RunnableModel extends NetworkInput {
  readonly session: Session;
}

/** An output of the network for an image, or the mean of those of its frames. */
export async function runOutput(
  model: RunnableModel,
  image: ImageSource,
  options: RunOptions,
  output: OutputName,
): Promise<Float32Array> {
  const run = ({ data }: Pixels) => model.session.run(data, output);
  const { frames = 1, ...running } = options;
  if (frames === 1) return await runImage(image, model, running, run);
  const { meanOfFrames } = await import("./run_frames.ts");
  return await meanOfFrames(image, model, options, run);
}

/**
 * The results of `run` for many images, in order, `concurrency` of them in memory.
 *
 * @throws As `runAll`.
 */
export async function* runMany<
  T extends ImageSource,
  O extends RunOptions,
  R extends object,
>(
  { concurrency }: { readonly concurrency: number },
  images: (Iterable<T> & object) | AsyncIterable<T>,
  options: O,
  run: (image: T, options: O) => Promise<R>,
): AsyncGenerator<(ImageOfMany<T> & R) | FailedImage<T>, void, void> {
  const { runAll } = await import("./run_all.ts");
  yield* runAll(
    images,
    { ...options, concurrency },
    (image, signal) => run(image, { ...options, signal }),
  );
}
