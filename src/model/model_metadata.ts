import { assertNetwork } from "../network_arguments.ts";
import type {
  AnswerActivation,
  InceptionV3Options,
  Pooling,
  Variant,
} from "./inception_options.ts";
import type {
  MetadataField,
  Network,
  Origin,
  PixelScale,
  Preprocessing,
} from "./network.ts";
import { isQuantized } from "./quantized_network.ts";

/** A fact and its origin. An assumption may be wrong. */
export interface Fact<T> {
  /** The fact. */
  readonly value: T;
  /** Where it comes from. */
  readonly from: Origin;
}

/**
 * How average pools in the blocks treat padding, which weights don't show. An average
 * counts padded zeros, as in torchvision, or leaves them out, as in TensorFlow and
 * Keras. `"fid"`, the network of the Fréchet inception distance, leaves them out, and
 * the pool of Mixed_7c takes the maximum.
 */
export type PoolRule = "padding-counted" | "padding-left-out" | "fid";

/** All of them. */
export const POOL_RULES: readonly PoolRule[] = [
  "padding-counted",
  "padding-left-out",
  "fid",
];

/** How images enter a network, and answers leave it. */
export interface ModelMetadata {
  /** The input's size: a named variant, or a side in pixels. */
  readonly variant: Fact<Variant>;
  /**
   * How bytes become values of the input; `null` if this is part of int8 weights and
   * their file doesn't say it.
   */
  readonly pixels: Fact<PixelScale | null>;
  /** The part of an image that is used. */
  readonly crop: Fact<Preprocessing["crop"]>;
  /** How images are resized. */
  readonly resize: Fact<Preprocessing["resize"]>;
  /** How average pools in the blocks treat padding. */
  readonly pools: Fact<PoolRule>;
  /** How the last activations become features. */
  readonly pooling: Fact<Pooling>;
  /** The activation of the classifier's hidden layers; `null` if it has none. */
  readonly hidden: Fact<"relu" | null>;
  /** How logits become answers; `null` for a network without classes. */
  readonly activation: Fact<AnswerActivation | null>;
}

/**
 * How images enter a network, and answers leave it.
 *
 * @param asked The variant that an option asks for, if any.
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
    pools: fact("pools", poolRule(architecture)),
    pooling: fact("pooling", architecture.pooling ?? "mean"),
    hidden: fact("hidden", architecture.hiddenUnits?.length ? "relu" : null),
    activation: fact(
      "activation",
      architecture.classes === 0 ? null : architecture.activation ?? "softmax",
    ),
  };
}

function poolRule(
  { lastPool, countIncludePad }: Omit<InceptionV3Options, "variant">,
): PoolRule {
  if (lastPool === "max") return "fid";
  return countIncludePad ? "padding-counted" : "padding-left-out";
}

/** The network with the variant `asked`, else with its own, else with `"full"`. */
export function withVariant<N extends Network>(network: N, asked?: Variant): N {
  const { value, from } = modelMetadata(network, asked).variant;
  return {
    ...network,
    variant: value,
    origins: { ...network.origins, variant: from },
  };
}
