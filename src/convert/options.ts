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

/** An image as accepted by `classify`, or a list entry: `{ image }` or `{ read }`. */
export type Photo = ImageSource | GivenImage;

/** Images, which are read on demand. */
export type Images = (Iterable<Photo> & object) | AsyncIterable<Photo>;

/** Options of `convert`. The limits of decoding apply to all photos. */
export interface ConvertOptions extends DecodeOptions, TfjsRequest {
  /**
   * The input size to calibrate for. Unless given, the network's own, or `"full"`. A size
   * in pixels must be in 75..1024.
   */
  readonly variant?: Variant | undefined;
  /**
   * Photos for comparing the int8 network with the f32 one. Don't use photos that set the
   * ranges: int8 looks better on them than it is.
   */
  readonly compareOn?: Images | undefined;
  /**
   * The source of the weights, for people; `"unknown"` unless given. A known model's
   * name implies its URL and licence.
   */
  readonly source?: string | undefined;
  /**
   * The licence of the weights, as an SPDX identifier if possible. Unless given, the
   * network's or the known model's own, else `"unknown"`.
   */
  readonly license?: string | undefined;
  /**
   * Called with a photo that can't be read, which is then skipped. Unless given, the
   * error ends the conversion.
   */
  readonly onError?:
    | ((error: unknown, photo: Photo) => void)
    | undefined;
  /** Called after each photo. */
  readonly onProgress?: ((progress: ConvertProgress) => void) | undefined;
  /** Aborts while decoding, or between photos. */
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
   * times: in f32, and in int8 with 8-bit and with 7-bit activations.
   */
  readonly stage: "calibrate" | "compare";
  /** The number of photos or runs done. */
  readonly done: number;
  /** The total number; `undefined` if `photos` isn't an array. */
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
  assertDecodeOptions(options); // Includes the signal.
}

const CANNOT = "convert";
