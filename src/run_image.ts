import { throwIfAborted } from "./async/abort.ts";
import { assertRunOptions, type RunOptions } from "./classification.ts";
import type { ImageSource } from "./image/image_source.ts";
import type { Pixels } from "./image/pixels.ts";
import { preprocess } from "./image/preprocess.ts";
import type { Preprocessing } from "./model/network.ts";

/** The input of a network. */
export interface NetworkInput {
  /** The side of the network's square input, in pixels. */
  readonly size: number;
  /** The model's own preprocessing. The option `crop` overrides its crop. */
  readonly preprocessing: Preprocessing;
}

/**
 * Preprocesses an image, or its first frame, passes it to `run`, and reports the timings.
 */
export async function runImage<T>(
  image: ImageSource,
  { size, preprocessing }: NetworkInput,
  options: Omit<RunOptions, "frames">,
  run: (input: Pixels) => Promise<T>,
): Promise<T> {
  assertRunOptions(options);
  const { crop = preprocessing.crop, ...reading } = options;
  const geometry = { crop, resize: preprocessing.resize };
  let decode = 0;
  let resize = 0;
  const input = await preprocess(image, size, geometry, {
    ...reading,
    onTimings: (timings) => ({ decode, resize } = timings),
  });
  throwIfAborted(options.signal);
  const begin = performance.now();
  const result = await run(input);
  const inference = performance.now() - begin;
  options.onTimings?.({ decode, resize, inference });
  return result;
}
