import { mapOrdered } from "../async/map_ordered.ts";
import type { Classifier } from "../classifier.ts";
import type { Pixels } from "../image/pixels.ts";
import { preprocess } from "../image/preprocess.ts";
import { FileError } from "./file_error.ts";
import type { FoundImages } from "./found_images.ts";
import { type InputFile, type InputProblem, readBytes } from "./image_files.ts";
import type { ImageReading } from "./image_options.ts";
import type { ModelLoading } from "./model_options.ts";
import { showRate } from "./remaining.ts";
import { problemOf, type Terminal } from "./terminal.ts";

/** The options to run an image that is already preprocessed. */
export const PREPROCESSED = { crop: { kind: "squash" } } as const;

/** What a command does with images. */
export interface ImageWork<F extends InputFile, T> {
  /** The model. It is disposed at the end. */
  readonly loading: ModelLoading;
  readonly reading: ImageReading;
  /** Runs a preprocessed image: see {@linkcode PREPROCESSED}. */
  readonly use: (model: Classifier, input: Pixels) => Promise<T>;
  /** Runs an image's file instead of its pixels, for example the frames of animations. */
  readonly useFile?:
    | ((model: Classifier, bytes: Uint8Array, file: string) => Promise<T>)
    | undefined;
  /** Called with each result, in the order of the images. */
  readonly show: (image: F, result: T) => void;
  /** Called instead of `show` when an image fails. */
  readonly skip?: ((image: F, reason: string) => void) | undefined;
  /** The progress of an earlier run. */
  readonly before?: EarlierRun;
}

/** The number of images at the start that an earlier run has done. */
export interface EarlierRun {
  readonly done: number;
  /** How many of those failed. They are yielded again, as problems. */
  readonly failed: number;
}

const NOTHING: EarlierRun = { done: 0, failed: 0 };

/**
 * Runs each image, and reports errors of images on standard error. The first image is
 * decoded while the model is being loaded.
 *
 * @param inputs The remaining images, and the problems of others.
 * @returns The exit code.
 */
export async function forEachImage<F extends InputFile, T>(
  io: Terminal,
  images: FoundImages,
  inputs: AsyncGenerator<F | InputProblem, void, void>,
  { loading, reading, use, useFile, show, skip, before = NOTHING }: ImageWork<
    F,
    T
  >,
): Promise<number> {
  const run = async ({ file, fault }: F) => {
    if (fault !== undefined) throw new FileError("read", file, fault);
    const { size, geometry } = await loading.input;
    const bytes = await readBytes(file, io.streams);
    if (useFile) return await useFile(await loading.model, bytes, file);
    const pixels = await preprocess(bytes, size, geometry, reading);
    return await use(await loading.model, pixels);
  };
  const begin = async (input: F | InputProblem) =>
    "file" in input
      ? { image: input, ...await outcomeOf(run(input)) }
      : { problem: input };
  const { value: head } = await inputs.next();
  const first = head && begin(head);
  using model = await loading.model;
  const outcomes = mapOrdered(
    joined(head, inputs),
    (input, _, i) => i === 0 ? first! : begin(input),
    { concurrency: model.concurrency },
  );
  let { done } = before;
  let failed = 0;
  using progress = showRate(io, images, done);
  for await (const outcome of outcomes) {
    progress.clear();
    if ("problem" in outcome) {
      images.tell(outcome.problem);
      continue;
    }
    const { image } = outcome;
    if ("result" in outcome) show(image, outcome.result);
    else {
      io.tellProblem(image.file, outcome.error);
      skip?.(image, problemOf(image.file, outcome.error));
      failed++;
    }
    progress.update(++done);
  }
  progress.clear();
  const failures = failed + images.problems;
  if (failures > 0 && done > 1) {
    io.tellNote(`${done - before.failed - failed} done, ${failures} failed`);
  }
  images.tellPassedOver();
  return failures === 0 ? 0 : 1;
}

/** Yields the first item, if there is one, then the others. */
async function* joined<T>(
  first: T | void,
  others: AsyncGenerator<T, void, void>,
): AsyncGenerator<T, void, void> {
  if (first) yield first;
  yield* others;
}

/** Settles to a result or an error: the work may fail before it is awaited. */
async function outcomeOf<T>(
  work: Promise<T>,
): Promise<{ readonly result: T } | { readonly error: unknown }> {
  try {
    return { result: await work };
  } catch (error) {
    return { error };
  }
}
