/**
 * How images enter a network and answers leave it, each fact with who said it: what
 * nobody said was assumed, and an assumption may be wrong.
 *
 * @module
 */
import { inceptionV3, type Variant } from "./inception_v3.ts";
import type { Network, Preprocessing } from "./network.ts";
import { isQuantized } from "./quantized_network.ts";

/**
 * Who said a fact:
 *
 * - `"model"`: the model's file, or the list of known models;
 * - `"option"`: whoever loaded it;
 * - `"assumed"`: nobody, so that a default was taken;
 * - `"assumed-earlier"`: the file, whose maker had it from nobody.
 */
export type Origin = "model" | "option" | "assumed" | "assumed-earlier";

/** What there is to be said of a network, and isn't in its weights. */
export type FactName =
  | "variant"
  | "pixels"
  | "crop"
  | "resize"
  | "pooling"
  | "activation";

/** Who said what of a network; the model itself, where nothing is said. */
export type Origins = Readonly<Partial<Record<FactName, Origin>>>;

/** A fact, and who said it. */
export interface Fact<T> {
  /** What is so. */
  readonly value: T;
  /** Who said it. */
  readonly from: Origin;
}

/** How bytes become the values that a network was trained with. */
export type PixelScale = Pick<Preprocessing, "scale" | "offset">;

/** How images enter a network, and answers leave it. */
export interface ModelFacts {
  /** The input's size, and how the stem reads it. */
  readonly variant: Fact<Variant>;
  /**
   * How bytes become values; `null` where that is in int8 weights, and their file
   * doesn't say it.
   */
  readonly pixels: Fact<PixelScale | null>;
  /** What of an image is used. */
  readonly crop: Fact<Preprocessing["crop"]>;
  /** How it is brought to size. */
  readonly resize: Fact<Preprocessing["resize"]>;
  /** How the last grid becomes features. */
  readonly pooling: Fact<"mean">;
  /** How logits become answers; `null` of a network without classes. */
  readonly activation: Fact<"softmax" | null>;
}

/**
 * The facts of a network.
 *
 * @param asked The variant that it is loaded with, if one was asked for.
 */
export function factsOf(network: Network, asked?: Variant): ModelFacts {
  const { preprocessing, architecture, variant, origins = {} } = network;
  const { crop, resize, scale, offset } = preprocessing;
  const fact = <T>(name: FactName, value: T): Fact<T> => ({
    value,
    from: origins[name] ?? "model",
  });
  const pixels = isQuantized(network)
    ? network.folded ?? null
    : { scale, offset };
  return {
    variant: asked !== undefined
      ? { value: asked, from: "option" }
      : variant === undefined
      ? { value: "full", from: "assumed" }
      : fact("variant", variant),
    pixels: fact("pixels", pixels),
    crop: fact("crop", crop),
    resize: fact("resize", resize),
    pooling: fact("pooling", "mean"),
    activation: fact(
      "activation",
      architecture.classes === 0 ? null : "softmax",
    ),
  };
}

/**
 * The network for the variant that is asked for, else for its own, else for
 * `"full"`: one that says what it is for, as a file does.
 */
export function withVariant<N extends Network>(network: N, asked?: Variant): N {
  const { value, from } = factsOf(network, asked).variant;
  return {
    ...network,
    variant: value,
    origins: { ...network.origins, variant: from },
  };
}

/** The facts in words, by name, the input's size before all else. */
export function describeFacts(
  { variant, pixels, crop, resize, pooling, activation }: ModelFacts,
): Readonly<Record<FactName, string>> {
  return {
    variant: describeVariant(variant.value),
    pixels: pixels.value === null
      ? "pixels scaled in the weights"
      : `pixels ${describeScale(pixels.value)}`,
    crop: describeCrop(crop.value),
    resize: `${resize.value} resize`,
    pooling: `${pooling.value} pooling`,
    activation: activation.value ?? "no classes",
  };
}

/** How images enter, in words: `299 x 299, pixels -1..1, ...` */
export function describeInput(facts: ModelFacts): string {
  const { variant, pixels, crop, resize } = describeFacts(facts);
  return [variant, pixels, crop, resize].join(", ");
}

/** The facts in two lines, of the input and of the output, with who said them. */
export function factLines(
  facts: ModelFacts,
): readonly [input: string, output: string] {
  const words = describeFacts(facts);
  const said = (...names: FactName[]) =>
    names.map((it) => `${words[it]}${NOTES[facts[it].from]}`).join(", ");
  return [
    said("variant", "pixels", "crop", "resize"),
    said("pooling", "activation"),
  ];
}

const NOTES: Readonly<Record<Origin, string>> = {
  model: "",
  option: " (asked for)",
  assumed: " (assumed)",
  "assumed-earlier": " (assumed when made)",
};

/** `151 x 151 (low151)` */
function describeVariant(variant: Variant): string {
  const [height, width] = inceptionV3({ variant }).input;
  const name = variant === "full" || typeof variant === "number"
    ? ""
    : ` (${variant})`;
  return `${height} x ${width}${name}`;
}

/** `-1..1`, or the mean and the deviation of each channel. */
function describeScale({ scale, offset }: PixelScale): string {
  const same = (values: readonly number[]) =>
    values.every((it) => it === values[0]);
  if (same(scale) && same(offset)) {
    const [from, to] = [offset[0], scale[0] * 255 + offset[0]];
    return `${rounded(from)}..${rounded(to)}`;
  }
  const means = offset.map((it, c) => rounded(-it / scale[c]! / 255));
  const deviations = scale.map((it) => rounded(1 / (it * 255)));
  return `of mean ${means.join(" ")} and deviation ${deviations.join(" ")}`;
}

function describeCrop(crop: Preprocessing["crop"]): string {
  if (crop.kind === "squash") return "squashed to a square";
  return crop.fraction === 1
    ? "central crop"
    : `central crop of ${rounded(100 * crop.fraction)}%`;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000 + 0; // -0 is 0.
}
