import {
  assertArgument,
  assertFunctions,
  assertSignal,
  assertWhole,
  isNumber,
  type OptionNames,
} from "../argument.ts";
import { givenTfjs, type TfjsPackages } from "../backends/tfjs/packages.ts";
import { ArgumentError } from "../errors.ts";
import {
  inceptionV3,
  isQuantized,
  type Network,
  type Variant,
} from "../model/mod.ts";
import { assertLearning } from "./learning_options.ts";

/** How a network is adapted to a low resolution. */
export interface AdaptOptions {
  /** The resolution: `"low79"`, `"low151"` or a side in pixels, below 299. */
  readonly variant: Variant;
  /** How many views of the photos they learn from; 192 unless given. */
  readonly views?: number | undefined;
  /**
   * How many steps the first layers learn at most, a second or so each: 400 do. 0
   * unless given.
   */
  readonly steps?: number | undefined;
  /** The views of a step; 4 unless given. */
  readonly batchSize?: number | undefined;
  /** Adam's at the first step, from where it falls to 0; 0.001 unless given. */
  readonly learningRate?: number | undefined;
  /**
   * How far batch norm's statistics go towards those of the resolution, in [0, 1];
   * 0.5 unless given. What the steps fitted stays.
   */
  readonly batchNorm?: number | undefined;
  /** Decides all that is random; 1 unless given. */
  readonly seed?: number | undefined;
  /**
   * Where tfjs comes from, on which it runs: from where this runtime finds it unless
   * given. A bundle needs the `tfjs` of `@totem/inception/f32`.
   */
  readonly tfjs?: TfjsPackages | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
  /** Called when there is one view more to learn from. */
  readonly onView?: ((done: number, views: number) => void) | undefined;
  /** Called after each step. */
  readonly onStep?: ((step: AdaptStep) => void) | undefined;
}

/** All of {@linkcode AdaptOptions}. */
export const ADAPT_OPTIONS: OptionNames<AdaptOptions> = {
  variant: true,
  views: true,
  steps: true,
  batchSize: true,
  learningRate: true,
  batchNorm: true,
  seed: true,
  tfjs: true,
  signal: true,
  onView: true,
  onStep: true,
};

/** How far adapting is. */
export interface AdaptStep {
  /** Counted from 1. */
  readonly step: number;
  /** How many there are at most. */
  readonly steps: number;
  /** The part of the variance of the stem's result that it missed, 0 for none. */
  readonly loss: number;
  /**
   * How true the features of the photos held out are, where they were looked at
   * after this step: their mean cosine to those of the full resolution.
   */
  readonly cosine: number | null;
}

/**
 * Options with what isn't given filled in, and the graphs of both resolutions.
 *
 * @throws {ArgumentError} When one is outside its range; the text names it.
 */
export function adaptSettings(
  network: Network,
  photos: number,
  options: AdaptOptions,
) {
  if (isQuantized(network)) {
    throw new ArgumentError(
      "Cannot adapt a network with int8 weights as what they were rounded from is gone: adapt what the file was made of",
    );
  }
  const { architecture } = network;
  const graphOf = (variant: Variant) =>
    inceptionV3({ ...architecture, variant, auxiliary: false });
  const [full, low] = [
    graphOf(network.variant ?? "full"),
    graphOf(options.variant),
  ];
  const settings = {
    full,
    low,
    views: options.views ?? 192,
    steps: options.steps ?? 0,
    batchSize: options.batchSize ?? 4,
    learningRate: options.learningRate ?? 0.001,
    batchNorm: options.batchNorm ?? 0.5,
    seed: options.seed ?? 1,
    tfjs: givenTfjs("adapt", options.tfjs),
    signal: options.signal,
    onView: options.onView,
    onStep: options.onStep,
  };
  if (low.input[0] >= full.input[0]) {
    throw new ArgumentError(
      `Cannot adapt to ${options.variant} as it must have fewer than the ${
        full.input[0]
      } pixels a side of the full resolution: there is nothing to adapt`,
    );
  }
  if (photos < 2) {
    throw new ArgumentError(
      `Cannot adapt as there must be >= 2 photos, one to learn from and one to measure with: there ${
        photos === 1 ? "is 1" : "are none"
      }`,
    );
  }
  for (const name of ["views", "batchSize", "steps"] as const) {
    assertWhole("adapt", name, settings[name], name === "steps" ? 0 : 1);
  }
  assertLearning("adapt", settings);
  assertArgument(
    isNumber(settings.batchNorm, (it) => it >= 0 && it <= 1),
    "adapt as batchNorm must be in [0, 1]",
    settings.batchNorm,
  );
  assertSignal("adapt", settings.signal);
  assertFunctions("adapt", settings, ["onView", "onStep"]);
  return settings;
}
