/**
 * Runs a model on one or many images. Code only needed for animations or many images is
 * loaded on first use.
 *
 * @module
 */
import type { OutputName, Session } from "./backends/backend.ts";
import type { FailedImage, ImageOfMany, RunOptions } from "./classification.ts";
import type { ImageSource, Pixels } from "./image/mod.ts";
import { type NetworkInput, runImage } from "./run_image.ts";

/** The network to run and its preprocessing. */
interface RunnableModel extends NetworkInput {
  readonly session: Session;
}

/** An output of the network for an image, or its mean over the frames. */
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
 * Yields the results of `run` for many images, in order, with `concurrency` images in
 * memory.
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
