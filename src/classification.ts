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

/** Options of running an image. */
export interface RunOptions extends DecodeOptions {
  /** The part of the image that is used; the model's own unless given. */
  readonly crop?: CropRule | undefined;
  /** Aborts while the image is read, or before inference. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the time of each stage when all are done. */
  readonly onTimings?: ((timings: Timings) => void) | undefined;
}

export const RUN_OPTIONS: OptionNames<RunOptions> = {
  ...DECODE_OPTIONS,
  crop: true,
  signal: true,
  onTimings: true,
};

/** Options of classifying an image. */
export interface ClassifyOptions extends RunOptions {
  /** How many classes to return, at least 1; 5 by default. `Infinity` returns all. */
  readonly top?: number | undefined;
}

/** @throws {ArgumentError} When an option isn't valid. */
export function assertClassifyOptions(options: ClassifyOptions): void {
  assertOptions("classify", options, { ...RUN_OPTIONS, top: true });
  const { top = 5 } = options;
  assertArgument(
    isNumber(top, (it) => it >= 1 && (it === Infinity || it % 1 === 0)),
    "give the top classes as top must be a whole number >= 1",
    top,
  );
}

/** Throws when an option isn't valid, or the signal has fired. */
export function assertRunOptions(options: RunOptions): void {
  assertDecodeOptions(options);
  assertFunctions("read an image", options, ["onTimings"]);
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
  /** 0..1; all classes add up to 1. */
  readonly probability: number;
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

/** The `top` classes with the highest probabilities, the highest first. */
export function likeliestClasses(
  names: ClassNames,
  probabilities: Float32Array,
  top: number,
): Classification[] {
  return Array.from(probabilities, (probability, index) => ({
    ...namedClass(names, index),
    probability,
  })).sort((a, b) => b.probability - a.probability).slice(0, top);
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
    /** The classes with the highest probabilities, the highest first. */
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
