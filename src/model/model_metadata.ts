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
  /** The fact's origin. */
  readonly from: Origin;
}

/**
 * How average pools in the blocks treat padding, which can't be seen in the weights. An
 * average includes padded zeros, as in torchvision, or excludes them, as in TensorFlow
 * and Keras. `"fid"`, the network of the Fréchet inception distance, excludes them, and
 * the pool of Mixed_7c uses the maximum.
 */
export type PoolRule = "padding-counted" | "padding-left-out" | "fid";

/** All pool rules. */
export const POOL_RULES: readonly PoolRule[] = [
  "padding-counted",
  "padding-left-out",
  "fid",
];

/** The preprocessing of a network's input, and the kind of its outputs. */
export interface ModelMetadata {
  /** The input's size: a named variant, or a side in pixels. */
  readonly variant: Fact<Variant>;
  /**
   * How bytes are mapped to input values; `null` if this is folded into int8 weights and
   * their file doesn't state it.
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
 * The preprocessing of a network's input, and the kind of its outputs.
 *
 * @param asked The variant requested by an option, if any.
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

/** The network with the variant `asked`, or else its own, or else `"full"`. */
export function withVariant<N extends Network>(network: N, asked?: Variant): N {
  const { value, from } = modelMetadata(network, asked).variant;
  return {
    ...network,
    variant: value,
    origins: { ...network.origins, variant: from },
  };
}
