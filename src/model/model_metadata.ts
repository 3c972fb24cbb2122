/**
 * How images enter a network and answers leave it, each fact with who said it: what
 * nobody said was assumed, and an assumption may be wrong.
 *
 * @module
 */
import { assertNetwork } from "../network_arguments.ts";
import type { Variant } from "./inception_v3.ts";
import type { Network, PixelScale, Preprocessing } from "./network.ts";
import type { MetadataField, Origin } from "./origins.ts";
import { isQuantized } from "./quantized_network.ts";

/** A fact, and who said it. */
export interface Fact<T> {
  /** What is so. */
  readonly value: T;
  /** Who said it. */
  readonly from: Origin;
}

/** How images enter a network, and answers leave it. */
export interface ModelMetadata {
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
 * The metadata of a network.
 *
 * @param asked The variant that it is loaded with, if one was asked for.
 */
export function modelMetadata(
  network: Network,
  asked?: Variant,
): ModelMetadata {
  assertNetwork("tell how images enter a network", network);
  const { preprocessing, architecture, variant, origins = {} } = network;
  const { crop, resize, scale, offset } = preprocessing;
  const fact = <T>(name: MetadataField, value: T): Fact<T> => ({
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
  const { value, from } = modelMetadata(network, asked).variant;
  return {
    ...network,
    variant: value,
    origins: { ...network.origins, variant: from },
  };
}
