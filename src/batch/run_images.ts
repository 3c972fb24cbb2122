import { assertArgument } from "../argument.ts";
import { throwIfAborted } from "../async/abort.ts";
import { Pool } from "../async/pool.ts";
import { type Classification, likeliestClasses } from "../classification.ts";
import type { Classifier } from "../classifier.ts";
import { ImageUnavailableError } from "../errors.ts";
import { displaySource } from "../io/address.ts";
import {
  ABSENT,
  faultOf,
  type ImageFault,
  UNREACHABLE,
  UnreadableImageError,
} from "./faults.ts";
import type { ReadImage } from "./image_reading.ts";
import type { BatchPlan } from "./plan.ts";
import { imageRoom, imagesAhead } from "./read_ahead.ts";
import { isRemote } from "./read_image.ts";
import type { Table } from "./table.ts";

/** The model's answer for an image: classes, or features. */
export type Answer = Classification[] | Float32Array;

/** Answers by the image's number in the shard. */
export type Answers = Map<number, Answer>;

/** The outcome of an image. */
export type Outcome =
  | { readonly answer: Answer }
  | { readonly fault: ImageFault };

/** The input and output of `runImages`. */
export interface RunImagesIo {
  readonly classifier: Classifier;
  readonly readImage: ReadImage;
  readonly allowAbsent?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly onFailed?: ((url: string, error: Error) => void) | undefined;
}

/** The number of classes in a row. */
const TOP = 5;

/**
 * Runs the images of a list on all of the model's threads. Returns their outcomes in list
 * order. Images run as their files arrive, so a slow server doesn't block the others.
 *
 * @param answers The answers known so far. New ones are added.
 * @throws The first error that isn't an image's own, and {@linkcode AbortedError}.
 */
export async function runImages(
  plan: BatchPlan,
  shard: number,
  { rows }: Table,
  answers: Answers,
  io: RunImagesIo,
): Promise<readonly Outcome[]> {
  const { classifier, readImage, onProgress, onFailed } = io;
  const urls = rows.map(([url]) => url as string);
  const { concurrency } = classifier;
  const answerOf = answerer(plan, classifier);
  const room = imageRoom();
  const turns = new Pool(Array<undefined>(concurrency).fill(undefined));
  // Aborts the other images when the shard fails.
  const stop = new AbortController();
  const signal = io.signal
    ? AbortSignal.any([io.signal, stop.signal])
    : stop.signal;

  async function bytesOf(image: number): Promise<Uint8Array> {
    room.begin(image);
    try {
      const reserve = (bytes: number) => room.reserve(image, bytes, signal);
      const bytes = await readImage(urls[image]!, { signal, reserve });
      if (bytes === undefined) {
        throw new UnreadableImageError(ABSENT.error, ABSENT.message);
      }
      await reserve(bytes.length);
      return bytes;
    } finally {
      room.end(image);
    }
  }

  async function run(image: number): Promise<Answer> {
    try {
      const bytes = await bytesOf(image);
      return await turns.use(() => answerOf(bytes, signal), { signal });
    } finally {
      room.release(image);
    }
  }

  const outcomes: Outcome[] = [];
  let done = 0;
  let failure: { readonly error: unknown } | undefined;

  async function finish(image: number): Promise<void> {
    const url = urls[image]!;
    try {
      const answer = answers.get(image) ?? await run(image);
      answers.set(image, answer);
      outcomes[image] = { answer };
    } catch (error) {
      if (signal.aborted) return;
      const fault = faultOf(error);
      if (fault === undefined) throw error;
      outcomes[image] = { fault };
      onFailed?.(url, error as Error);
    }
    onProgress?.(++done, urls.length);
  }

  const next = urls.keys();
  const lanes = Array.from(
    { length: concurrency + imagesAhead(concurrency, urls.some(isRemote)) },
    async () => {
      for (const image of next) {
        if (signal.aborted) return;
        try {
          await finish(image);
        } catch (error) {
          failure ??= { error };
          stop.abort();
        }
      }
    },
  );
  await Promise.all(lanes);
  throwIfAborted(io.signal);
  if (failure !== undefined) {
    throw (failure as { readonly error: unknown }).error;
  }
  if (!io.allowAbsent) assertSomeFound(shard, urls, outcomes);
  return outcomes;
}

/** Creates the function that runs the model on an image's bytes. */
function answerer(
  { task, images: { maxPixels, maxMemory, allowTruncated } }: BatchPlan,
  classifier: Classifier,
): (bytes: Uint8Array, signal: AbortSignal) => Promise<Answer> {
  const reading = {
    allowTruncated,
    ...maxPixels !== undefined && { maxPixels },
    ...maxMemory !== undefined && { maxMemory },
  };
  if (task === "features") {
    return (bytes, signal) =>
      classifier.features(bytes, { ...reading, signal });
  }
  const activation = classifier.metadata.activation.value;
  assertArgument(
    classifier.labels.length > 0 && activation !== "none",
    "run a shard as the model of its plan must give probabilities",
    activation,
  );
  return async (bytes, signal) =>
    likeliestClasses(
      classifier,
      await classifier.probabilities(bytes, { ...reading, signal }),
      activation,
      // Also for a sigmoid: each row names the most likely classes.
      { top: TOP, threshold: 0 },
    );
}

/**
 * @throws {ImageUnavailableError} When all of several files are missing, or more than
 * half of several addresses can't be reached. Single images may be gone, but not that
 * many.
 */
function assertSomeFound(
  shard: number,
  urls: readonly string[],
  outcomes: readonly Outcome[],
): void {
  const kinds = [
    {
      isKind: (url: string) => !isRemote(url),
      code: ABSENT.error,
      isTooMany: (lost: number, all: number) => lost === all,
      problem: "aren't there",
      advice:
        "mount their folder on this machine, or name it with --root, or root",
    },
    {
      isKind: isRemote,
      code: UNREACHABLE.error,
      isTooMany: (lost: number, all: number) => lost > all / 2,
      problem: "can't be reached",
      advice: "see that this machine's network and their servers are up",
    },
  ];
  for (const { isKind, code, isTooMany, problem, advice } of kinds) {
    const all = [...urls.keys()].filter((it) => isKind(urls[it]!));
    const lost = all.filter((it) => {
      const outcome = outcomes[it]!;
      return "fault" in outcome && outcome.fault.error === code;
    });
    if (all.length <= 1 || !isTooMany(lost.length, all.length)) continue;
    const example = displaySource(urls[lost[0]!]!);
    throw new ImageUnavailableError(
      `Cannot run shard ${shard} as ${lost.length} of its ${all.length} images ${problem}, such as ${example}: ${advice}; if they are gone, give --allow-absent, or allowAbsent`,
    );
  }
}
