import {
  assertArgument,
  assertFunctions,
  assertOptions,
  isNumber,
  type OptionNames,
} from "./argument.ts";
import { assertCrop } from "./network_arguments.ts";
import { assertDecodeOptions, DECODE_OPTIONS } from "./image/decode_options.ts";
import type { CropRule, DecodeOptions, ImageSource } from "./image/mod.ts";
import type { AnswerActivation } from "./model/inception_options.ts";

/** Options of running an image. */
export interface RunOptions extends DecodeOptions {
  /** The part of the image that is used; the model's own unless given. */
  readonly crop?: CropRule | undefined;
  /**
   * How many frames of a GIF, an animated WebP or an animated PNG are run, at least 1;
   * `Infinity` for all. They are the first, the last, and others spread evenly between
   * them by their numbers, and the answer is the mean of theirs. A still image is one
   * frame, and so is an animated AVIF or HEIC, of which the first is taken. All that are
   * decoded for them may have 4 times `maxPixels` together.
   *
   * @default {1, the first frame}
   */
  readonly frames?: number | undefined;
  /** Aborts while the image is read, or before inference. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the time of each stage, of all frames, when all are done. */
  readonly onTimings?: ((timings: Timings) => void) | undefined;
}

/** The options of running a single frame. */
export const FRAME_OPTIONS: OptionNames<Omit<RunOptions, "frames">> = {
  ...DECODE_OPTIONS,
  crop: true,
  signal: true,
  onTimings: true,
};

export const RUN_OPTIONS: OptionNames<RunOptions> = {
  ...FRAME_OPTIONS,
  frames: true,
};

/** Options of classifying an image. */
export interface ClassifyOptions extends RunOptions {
  /**
   * How many classes to return at most, at least 1. Unless given, 5; of a model with a
   * sigmoid, all that reach the threshold. `Infinity` returns all.
   */
  readonly top?: number | undefined;
  /**
   * The least probability of a class that is returned, 0..1. Unless given, 0; of a model
   * with a sigmoid, 0.5.
   */
  readonly threshold?: number | undefined;
}

/** The threshold of a sigmoid's probabilities: the label is likelier than not. */
export const DEFAULT_THRESHOLD = 0.5;

/** @throws {ArgumentError} When an option isn't valid. */
export function assertClassifyOptions(options: ClassifyOptions): void {
  assertOptions("classify", options, CLASSIFY_OPTIONS);
  const { top = 5, threshold } = options;
  assertArgument(
    isNumber(top, isCount),
    "give the top classes as top must be a whole number >= 1",
    top,
  );
  assertThreshold("classify", threshold);
}

function isCount(value: number): boolean {
  return value >= 1 && (value === Infinity || value % 1 === 0);
}

const CLASSIFY_OPTIONS: OptionNames<ClassifyOptions> = {
  ...RUN_OPTIONS,
  top: true,
  threshold: true,
};

/** @throws {ArgumentError} When `threshold` is neither undefined nor in 0..1. */
export function assertThreshold(action: string, threshold: unknown): void {
  assertArgument(
    threshold === undefined || isNumber(threshold, (it) => it >= 0 && it <= 1),
    `${action} as threshold must be a number in 0..1`,
    threshold,
  );
}

/** Throws when an option isn't valid, or the signal has fired. */
export function assertRunOptions(options: RunOptions): void {
  assertDecodeOptions(options);
  assertFunctions("read an image", options, ["onTimings"]);
  const { frames = 1 } = options;
  assertArgument(
    isNumber(frames, isCount),
    "run an image as frames must be a whole number >= 1",
    frames,
  );
  if (options.crop !== undefined) assertCrop(options.crop);
}

/** Wall times of the stages of one image, in ms. */
export interface Timings {
  /** From bytes to pixels; 0 for an image that came as pixels. */
  readonly decode: number;
  /** Cropping and resizing to the network's input. */
  readonly resize: number;
  /** The network itself and waiting for a thread. */
  readonly inference: number;
}

/** A class and its probability. */
export interface Classification {
  /** The class's name. */
  readonly label: string;
  /** The class's id, such as WordNet's `n02123159`; absent where it has none. */
  readonly id?: string;
  /** The index of the class in the model's labels. */
  readonly index: number;
  /**
   * 0..1. All classes add up to 1; of a model with a sigmoid each has a probability of its
   * own, and several or none may be likely.
   */
  readonly probability: number;
}

/** What a frame of an animation shows. */
export interface ClassifiedFrame {
  /** Its number, from 0. */
  readonly frame: number;
  /** When it is shown first, in seconds from the beginning. */
  readonly time: number;
  /** Its classes, as `classify` gives them. */
  readonly classes: Classification[];
}

/** What an animation shows. */
export interface ClassifiedAnimation {
  /** The classes by the mean of their probabilities in all frames. */
  readonly classes: Classification[];
  /** Each frame that was run, in order; of a still image one, at 0 seconds. */
  readonly frames: ClassifiedFrame[];
  /**
   * How many frames the image has, at least 1. Fewer are run if fewer were asked for; of an
   * animated AVIF or HEIC only the first can be.
   */
  readonly frameCount: number;
}

/** A class and its logit, the answer of a model without an activation. */
export interface ClassLogit extends Omit<Classification, "probability"> {
  /** Any number; the higher, the more speaks for the class. */
  readonly logit: number;
}

/** The names of a model's classes. */
export interface ClassNames {
  readonly labels: readonly string[];
  readonly classIds?: readonly string[] | undefined;
}

export function namedClass(
  { labels, classIds }: ClassNames,
  index: number,
): Omit<Classification, "probability"> {
  const id = classIds?.[index];
  return { label: labels[index]!, ...id !== undefined && { id }, index };
}

/**
 * The classes whose probabilities reach the threshold, the highest first.
 *
 * @param activation That of the model, whose options have other defaults with a sigmoid.
 */
export function likeliestClasses(
  names: ClassNames,
  probabilities: Float32Array,
  activation: AnswerActivation | null,
  options: Pick<ClassifyOptions, "top" | "threshold">,
): Classification[] {
  const isSigmoid = activation === "sigmoid";
  const {
    top = isSigmoid ? Infinity : 5,
    threshold = isSigmoid ? DEFAULT_THRESHOLD : 0,
  } = options;
  return Array.from(probabilities, (probability, index) => ({
    ...namedClass(names, index),
    probability,
  })).filter(({ probability }) => probability >= threshold)
    .sort((a, b) => b.probability - a.probability).slice(0, top);
}

/** The `top` classes with the highest logits, the highest first. */
export function highestLogits(
  names: ClassNames,
  logits: Float32Array,
  top = 5,
): ClassLogit[] {
  return Array.from(logits, (logit, index) => ({
    ...namedClass(names, index),
    logit,
  })).sort((a, b) => b.logit - a.logit).slice(0, top);
}

/** One of many images. */
export interface ImageOfMany<T = ImageSource> {
  /** Its index, from 0. */
  readonly index: number;
  /** What was given. */
  readonly image: T;
}

/** One of many images that couldn't be read or run. */
export interface FailedImage<T = ImageSource> extends ImageOfMany<T> {
  /** What was thrown; if that isn't an `Error`, an error with it as `cause`. */
  readonly error: Error;
  /** Absent. */
  readonly classes?: undefined;
  /** Absent. */
  readonly features?: undefined;
}

/** The result of one of many images: its classes, or its error. */
export type ClassifiedImage<T = ImageSource> =
  | ImageOfMany<T> & {
    /** As `classify` gives them. */
    readonly classes: Classification[];
    readonly error?: undefined;
  }
  | FailedImage<T>;

/** The result of one of many images: its features, or its error. */
export type ImageFeatures<T = ImageSource> =
  | ImageOfMany<T> & {
    /** The pooled activations before the classifier. */
    readonly features: Float32Array;
    readonly error?: undefined;
  }
  | FailedImage<T>;
