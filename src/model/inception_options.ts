/**
 * The options in which an Inception-v3 may differ from ImageNet's.
 *
 * @module
 */
import {
  assertArgument,
  assertChoice,
  assertOptions,
  assertWhole,
  isNumber,
  type OptionNames,
} from "../argument.ts";

/**
 * The size of the network's input (section 8 of the paper). `"full"` uses 299 x 299
 * pixels; `"low151"` and `"low79"` use fewer at nearly the same cost, with a smaller
 * stride in the stem. A number, at least {@linkcode MIN_SIZE}, is the side in pixels for
 * the full network.
 */
export type Variant = "full" | "low151" | "low79" | number;

/** The smallest input side, in pixels, at which every window fits. */
export const MIN_SIZE = 75;

/** A block, by its name in slim. */
export type BlockName =
  | "Mixed_5b"
  | "Mixed_5c"
  | "Mixed_5d"
  | "Mixed_6a"
  | "Mixed_6b"
  | "Mixed_6c"
  | "Mixed_6d"
  | "Mixed_6e"
  | "Mixed_7a"
  | "Mixed_7b"
  | "Mixed_7c";

/** All blocks, in order. */
export const BLOCKS: readonly BlockName[] = [
  "Mixed_5b",
  "Mixed_5c",
  "Mixed_5d",
  "Mixed_6a",
  "Mixed_6b",
  "Mixed_6c",
  "Mixed_6d",
  "Mixed_6e",
  "Mixed_7a",
  "Mixed_7b",
  "Mixed_7c",
];

/**
 * How the last activations become features: the mean or the maximum of each channel, or
 * all values, row-major (height, width, channel).
 */
export type Pooling = "mean" | "max" | "flatten";

/**
 * How logits become answers: probabilities that add up to one, an independent probability
 * per class, or no activation, so that logits are the answers.
 */
export type AnswerActivation = "softmax" | "sigmoid" | "none";

/** The options in which an Inception-v3 may differ from ImageNet's. */
export interface InceptionV3Options {
  /** The input size; `"full"` unless given. */
  readonly variant?: Variant;
  /** The number of classes; 1000 unless given. With 0 there is no classifier. */
  readonly classes?: number;
  /** The units of hidden dense layers with ReLU before the last one; none unless given. */
  readonly hiddenUnits?: readonly number[];
  /** Whether average pools include padded zeros, as in PyTorch; false unless given. */
  readonly countIncludePad?: boolean;
  /** The last block; `"Mixed_7c"` unless given. */
  readonly lastBlock?: BlockName;
  /**
   * The kind of pool in Mixed_7c; `"avg"` unless given. `"max"` is the network of the
   * Fréchet inception distance, whose pools exclude padding.
   */
  readonly lastPool?: "avg" | "max";
  /** How the last activations become features; `"mean"` unless given. */
  readonly pooling?: Pooling;
  /** How logits become answers; `"softmax"` unless given. */
  readonly activation?: AnswerActivation;
  /** Whether to include the auxiliary classifier (figure 8), which reads Mixed_6e. */
  readonly auxiliary?: boolean;
  /** A factor on all channel counts, for small networks in tests. */
  readonly widthMultiplier?: number;
}

const INCEPTION_V3_OPTIONS: OptionNames<InceptionV3Options> = {
  variant: true,
  classes: true,
  hiddenUnits: true,
  countIncludePad: true,
  lastBlock: true,
  lastPool: true,
  pooling: true,
  activation: true,
  auxiliary: true,
  widthMultiplier: true,
};

/** The options for the end of the network. */
export type ArchitectureEnd = Pick<
  InceptionV3Options,
  "lastBlock" | "lastPool" | "pooling" | "activation"
>;

/** The allowed values. The default is the first one, or the last block. */
export const END_CHOICES = {
  lastBlock: BLOCKS,
  lastPool: ["avg", "max"],
  pooling: ["mean", "max", "flatten"],
  activation: ["softmax", "sigmoid", "none"],
} as const satisfies {
  readonly [K in keyof ArchitectureEnd]-?: readonly ArchitectureEnd[K][];
};

/** @throws {ArgumentError} As for `inceptionV3()`, except about the size. */
export function assertInceptionV3Options(options: InceptionV3Options): void {
  assertOptions("make the graph", options, INCEPTION_V3_OPTIONS);
  const { classes = 1000, widthMultiplier = 1, hiddenUnits = [] } = options;
  const cannot = "build Inception-v3";
  assertWhole(cannot, "its number of classes", classes, 0);
  assertArgument(
    isNumber(widthMultiplier, (it) => it > 0 && it < Infinity),
    `${cannot} as its widthMultiplier must be finite and > 0`,
    widthMultiplier,
  );
  const must = `${cannot} as its hiddenUnits must be an array`;
  assertArgument(Array.isArray(hiddenUnits), must, hiddenUnits);
  for (const units of hiddenUnits) {
    assertWhole(cannot, "the units of a hidden layer", units, 1);
  }
  assertEnd(cannot, options);
}

/** Checks that the options for the end of the network fit together. */
function assertEnd(
  cannot: string,
  options: InceptionV3Options,
): void {
  for (const name of Object.keys(END_CHOICES) as (keyof ArchitectureEnd)[]) {
    assertChoice(cannot, `its ${name}`, options[name], END_CHOICES[name]);
  }
  const { lastBlock = "Mixed_7c", lastPool, auxiliary } = options;
  assertArgument(
    !auxiliary || BLOCKS.indexOf(lastBlock) >= BLOCKS.indexOf("Mixed_6e"),
    `${cannot} as its lastBlock must be Mixed_6e or a later one with the auxiliary classifier`,
    lastBlock,
  );
  assertArgument(
    lastPool !== "max" || lastBlock === "Mixed_7c",
    `${cannot} as its lastBlock must be Mixed_7c with the lastPool "max"`,
    lastBlock,
  );
  assertArgument(
    lastPool !== "max" || !options.countIncludePad,
    `${cannot} as its countIncludePad must be false with the lastPool "max"`,
    options.countIncludePad,
  );
}
