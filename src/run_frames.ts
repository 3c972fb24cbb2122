import { throwIfAborted } from "./async/abort.ts";
import {
  assertRunOptions,
  type Classification,
  type ClassifiedAnimation,
  type RunOptions,
} from "./classification.ts";
import type { ImageSource, Pixels } from "./image/mod.ts";
import { preprocessFrames } from "./image/preprocess_frames.ts";
import type { NetworkInput } from "./run_image.ts";

/** The network's output for a frame. */
interface FrameOutput {
  /** Its number, from 0. */
  readonly frame: number;
  /** The time when it is first shown, in seconds. */
  readonly time: number;
  /** The image's total number of frames. */
  readonly frameCount: number;
  readonly values: Float32Array;
}

/** Runs frames of an image one by one, and reports their total timings. */
async function* runFrames(
  image: ImageSource,
  { size, preprocessing }: NetworkInput,
  options: RunOptions,
  run: (input: Pixels) => Promise<Float32Array>,
): AsyncGenerator<FrameOutput, void, void> {
  assertRunOptions(options);
  const { crop = preprocessing.crop, frames = 1, ...reading } = options;
  const geometry = { crop, resize: preprocessing.resize };
  let [decode, resize, inference] = [0, 0, 0];
  const inputs = preprocessFrames(image, frames, size, geometry, {
    ...reading,
    onTimings: (timings) => ({ decode, resize } = timings),
  });
  for await (const { input, ...frame } of inputs) {
    throwIfAborted(options.signal);
    const begin = performance.now();
    const values = await run(input);
    inference += performance.now() - begin;
    yield { ...frame, values };
  }
  options.onTimings?.({ decode, resize, inference });
}

/** The mean of the network's outputs over the frames. */
export async function meanOfFrames(
  ...args: Parameters<typeof runFrames>
): Promise<Float32Array> {
  const mean = startMean();
  for await (const { values } of runFrames(...args)) mean.add(values);
  return mean.values();
}

/**
 * Classifies each frame, and their mean.
 *
 * @param likeliest Returns the classes for probabilities.
 */
export async function classifyFrames(
  likeliest: (probabilities: Float32Array) => Classification[],
  ...args: Parameters<typeof runFrames>
): Promise<ClassifiedAnimation> {
  const mean = startMean();
  const frames = [];
  let frameCount = 1;
  for await (
    const { frame, time, values, frameCount: all } of runFrames(...args)
  ) {
    frameCount = all;
    mean.add(values);
    frames.push({ frame, time, classes: likeliest(values) });
  }
  return { classes: likeliest(mean.values()), frames, frameCount };
}

function startMean() {
  let sums: Float64Array | undefined;
  let count = 0;
  return {
    add(values: Float32Array): void {
      sums ??= new Float64Array(values.length);
      for (let i = 0; i < values.length; i++) sums[i]! += values[i]!;
      count++;
    },
    values: () => Float32Array.from(sums!, (it) => it / count),
  };
}
