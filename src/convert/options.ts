import {
  assertArgument,
  assertFunctions,
  assertIterable,
  assertOptions,
  type OptionNames,
} from "../argument.ts";
import type { TfjsRequest } from "../backends/tfjs/observe.ts";
import { givenTfjs } from "../backends/tfjs/packages.ts";
import { resolveWasmFolder } from "../backends/tfjs/wasm_files.ts";
import {
  assertDecodeOptions,
  DECODE_OPTIONS,
} from "../image/decode_options.ts";
import type { GivenImage } from "../image/given_image.ts";
import type { DecodeOptions, ImageSource } from "../image/mod.ts";
import { MIN_SIZE, type Variant } from "../model/inception_options.ts";
import { isSide, MAX_SIDE } from "../weights/limits.ts";

/** An image as `classify` takes it, or as the entry of a list: `{ image }` or `{ read }`. */
export type Photo = ImageSource | GivenImage;

/** Images. The next one is read when the one before is done. */
export type Images = (Iterable<Photo> & object) | AsyncIterable<Photo>;

/** Options of `convert`. The limits of decoding apply to all photos. */
export interface ConvertOptions extends DecodeOptions, TfjsRequest {
  /**
   * The input size that ranges are set for. Unless given, the network's own, or
   * `"full"`. A size in pixels must be in 75..1024.
   */
  readonly variant?: Variant | undefined;
  /**
   * Photos on which the int8 network is compared with the f32 one. Use other photos
   * than those that set the ranges: on these, int8 looks better than it is.
   */
  readonly compareOn?: Images | undefined;
  /**
   * Where the weights come from, for people; `"unknown"` unless given. A known model's
   * name stands for its address and its licence.
   */
  readonly source?: string | undefined;
  /**
   * The licence of the weights, as an SPDX identifier where there is one; unless
   * given the network's or a known model's own, else `"unknown"`.
   */
  readonly license?: string | undefined;
  /**
   * Called with a photo that can't be read, which is left out. Unless given, the error
   * ends the conversion.
   */
  readonly onError?:
    | ((error: unknown, photo: Photo) => void)
    | undefined;
  /** Called after each photo. */
  readonly onProgress?: ((progress: ConvertProgress) => void) | undefined;
  /** Aborts while decoding, or between two photos. */
  readonly signal?: AbortSignal | undefined;
}

const CONVERT_OPTIONS: OptionNames<ConvertOptions> = {
  ...DECODE_OPTIONS,
  tfjsWasmFolder: true,
  tfjs: true,
  variant: true,
  compareOn: true,
  source: true,
  license: true,
  onError: true,
  onProgress: true,
};

/** The progress of a conversion. */
export interface ConvertProgress {
  /**
   * `"calibrate"` while photos set the ranges. `"compare"` then runs each photo three
   * times: in f32, and in int8 with activations of 8 bits and of 7.
   */
  readonly stage: "calibrate" | "compare";
  /** The number of photos, or of runs, that are done. */
  readonly done: number;
  /** The number of all; `undefined` where `photos` isn't an array. */
  readonly total: number | undefined;
}

/** Checks the arguments of `convert`, and the signal. */
export function assertConvertArguments(
  photos: Images | null,
  options: ConvertOptions,
): void {
  assertOptions(CANNOT, options, CONVERT_OPTIONS);
  const { compareOn, variant, tfjsWasmFolder } = options;
  if (photos !== null) assertIterable(CANNOT, photos, "photos");
  if (compareOn !== undefined) assertIterable(CANNOT, compareOn, "compareOn");
  assertArgument(
    typeof variant !== "number" || isSide(variant),
    `${CANNOT} as a variant in pixels must be a whole number of ${MIN_SIZE}..${MAX_SIDE}`,
    variant,
  );
  for (const name of ["source", "license"] as const) {
    const text: unknown = options[name];
    assertArgument(
      text === undefined || typeof text === "string",
      `${CANNOT} as ${name} must be a text`,
      text,
    );
  }
  if (tfjsWasmFolder !== undefined) resolveWasmFolder(CANNOT, tfjsWasmFolder);
  givenTfjs(CANNOT, options.tfjs);
  assertFunctions(CANNOT, options, ["onError", "onProgress"]);
  assertDecodeOptions(options); // The signal is among them.
}

const CANNOT = "convert";
