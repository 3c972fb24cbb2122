/**
 * "Rethinking the Inception Architecture for Computer Vision" (arXiv 1512.00567), Table
 * 1 and figures 5, 6, 7 and 10, with the filters of the released network. Names are
 * slim's for the stem and the blocks, torchvision's for the branches.
 *
 * @module
 */
import {
  assertArgument,
  assertOptions,
  assertWhole,
  isNumber,
  type OptionNames,
} from "../argument.ts";
import { type Graph, INPUT } from "./graph.ts";
import { blockA, blockB, blockC, blockD, blockE } from "./inception_blocks.ts";
import { buildGraph, type LayerBuilder } from "./layer_builder.ts";

/**
 * How an image enters the network (section 8 of the paper). `"full"` takes 299 x 299
 * pixels; `"low151"` and `"low79"` take fewer at nearly the same cost, with less stride
 * in the stem. A number, at least {@linkcode MIN_SIZE}, is the side in pixels for the
 * full network.
 */
export type Variant = "full" | "low151" | "low79" | number;

/** The smallest image, in pixels a side, that every window fits. */
export const MIN_SIZE = 75;

/** How an Inception-v3 differs from ImageNet's. */
export interface InceptionV3Options {
  /** How an image enters; `"full"` unless given. */
  readonly variant?: Variant;
  /** The number of classes; 1000 unless given. With 0 there is no classifier. */
  readonly classes?: number;
  /** Units of dense layers with ReLU before the last one; none unless given. */
  readonly hiddenUnits?: readonly number[];
  /** Whether padded zeros count in average pools, as PyTorch's; they don't unless given. */
  readonly countIncludePad?: boolean;
  /** Whether the auxiliary classifier (figure 8) is part of it. */
  readonly auxiliary?: boolean;
  /** A factor on all channel counts, for small networks in tests. */
  readonly widthMultiplier?: number;
}

const INCEPTION_V3_OPTIONS: OptionNames<InceptionV3Options> = {
  variant: true,
  classes: true,
  hiddenUnits: true,
  countIncludePad: true,
  auxiliary: true,
  widthMultiplier: true,
};

/** The image's side in pixels, and the stem's first stride and pool. */
const STEMS = {
  full: { side: 299, stride: 2, pool: true },
  low151: { side: 151, stride: 1, pool: true },
  low79: { side: 79, stride: 1, pool: false },
} as const;

/**
 * The graph of Inception-v3.
 *
 * @throws {ArgumentError} When the size is below {@linkcode MIN_SIZE}, the number of
 * classes below 0, or one of them isn't whole.
 *
 * @example A network for 12 classes of 151 x 151 images
 * ```ts
 * import { inceptionV3 } from "@totem/inception/model";
 * const graph = inceptionV3({ variant: "low151", classes: 12 });
 * console.log(graph.input); // [151, 151, 3]
 * ```
 */
export function inceptionV3(options: InceptionV3Options = {}): Graph {
  assertOptions("make the graph", options, INCEPTION_V3_OPTIONS);
  const { classes = 1000 } = options;
  assertArchitecture(classes, options);
  const { side, stride, pool } = stemOf(options.variant ?? "full");
  return buildGraph([side, side, 3], options, (net) => {
    const { conv, maxPool } = net;

    // Table 1. Sizes are those of `full`.
    let x = conv("Conv2d_1a_3x3", INPUT, 32, 3, stride, "valid"); // 149
    x = conv("Conv2d_2a_3x3", x, 32, 3, 1, "valid"); // 147
    x = conv("Conv2d_2b_3x3", x, 64, 3); // 147
    if (pool) x = maxPool("MaxPool_3a_3x3", x); // 73
    x = conv("Conv2d_3b_1x1", x, 80, 1, 1, "valid"); // 73
    x = conv("Conv2d_4a_3x3", x, 192, 3, 1, "valid"); // 71
    x = maxPool("MaxPool_5a_3x3", x); // 35
    x = blockA(net, "Mixed_5b", x, 32);
    x = blockA(net, "Mixed_5c", x, 64);
    x = blockA(net, "Mixed_5d", x, 64);
    x = blockB(net, "Mixed_6a", x); // 17
    x = blockC(net, "Mixed_6b", x, 128);
    x = blockC(net, "Mixed_6c", x, 160);
    x = blockC(net, "Mixed_6d", x, 160);
    x = blockC(net, "Mixed_6e", x, 192);
    const auxLogits = options.auxiliary && classes > 0
      ? auxiliaryClassifier(net, x, classes)
      : null;
    x = blockD(net, "Mixed_7a", x); // 8
    x = blockE(net, "Mixed_7b", x);
    x = blockE(net, "Mixed_7c", x);

    const features = net.globalAvgPool("AvgPool_1a", x);
    return {
      activations: x,
      features,
      ...(classes > 0 && classifier(net, features, classes, options)),
      ...(auxLogits !== null && { auxLogits }),
    };
  });
}

function assertArchitecture(
  classes: number,
  { widthMultiplier = 1, hiddenUnits = [] }: InceptionV3Options,
): void {
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
}

/** From the features to the probabilities. */
function classifier(
  net: LayerBuilder,
  x: string,
  classes: number,
  { hiddenUnits = [] }: InceptionV3Options,
) {
  for (const [i, units] of hiddenUnits.entries()) {
    x = net.dense(`Logits/hidden_${i + 1}`, x, units, "relu");
  }
  const logits = net.dense("Logits", x, classes, "linear");
  return { logits, probabilities: net.softmax("Predictions", logits) };
}

/** Figure 8: a second classifier on the last 17 x 17 grid, for training. */
function auxiliaryClassifier(net: LayerBuilder, x: string, classes: number) {
  x = net.avgPool("AuxLogits/AvgPool_5x5", x, 5, 3, "valid"); // 5
  x = net.conv("AuxLogits/conv0", x, 128, 1);
  x = net.conv("AuxLogits/conv1", x, 768, 5, 1, "valid"); // 1
  x = net.globalAvgPool("AuxLogits/AvgPool_1a", x);
  return net.dense("AuxLogits/fc", x, classes, "linear");
}

function stemOf(variant: Variant) {
  if (typeof variant === "string" && Object.hasOwn(STEMS, variant)) {
    return STEMS[variant];
  }
  assertArgument(
    Number.isSafeInteger(variant) && Number(variant) >= MIN_SIZE,
    `build Inception-v3 as its variant must be "full", "low151", "low79" or a whole number >= ${MIN_SIZE}`,
    variant,
  );
  return { ...STEMS.full, side: Number(variant) };
}
