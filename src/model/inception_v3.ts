/**
 * "Rethinking the Inception Architecture for Computer Vision" (arXiv 1512.00567), Table 1
 * and figures 5, 6, 7 and 10, with the filters of the released network. The stem and the
 * blocks have the names of slim, the branches those of torchvision.
 *
 * @module
 */
import { assertArgument } from "../argument.ts";
import { type Graph, INPUT } from "./graph.ts";
import { blockA, blockB, blockC, blockD, blockE } from "./inception_blocks.ts";
import {
  assertInceptionV3Options,
  type BlockName,
  BLOCKS,
  type InceptionV3Options,
  MIN_SIZE,
  type Pooling,
  type Variant,
} from "./inception_options.ts";
import { buildGraph, type LayerBuilder } from "./layer_builder.ts";

/** The image's side in pixels, and the stem's first stride and pool. */
const STEMS = {
  full: { side: 299, stride: 2, pool: true },
  low151: { side: 151, stride: 1, pool: true },
  low79: { side: 79, stride: 1, pool: false },
} as const;

/**
 * Builds the graph of Inception-v3.
 *
 * @throws {ArgumentError} When the size is below {@linkcode MIN_SIZE}, the number of
 * classes is below 0, or one of them isn't an integer; when an option has a value that
 * isn't allowed, or concerns a block that the graph doesn't have.
 *
 * @example A network for 12 classes of 151 x 151 images
 * ```ts
 * import { inceptionV3 } from "@totem/inception/model";
 * const graph = inceptionV3({ variant: "low151", classes: 12 });
 * console.log(graph.input); // [151, 151, 3]
 * ```
 */
export function inceptionV3(options: InceptionV3Options = {}): Graph {
  assertInceptionV3Options(options);
  const { classes = 1000 } = options;
  const stem = stemOf(options.variant ?? "full");
  const end = BLOCKS.indexOf(options.lastBlock ?? "Mixed_7c");
  return buildGraph([stem.side, stem.side, 3], options, (net) => {
    const { conv, maxPool } = net;
    const blocks: Record<BlockName, (x: string) => string> = {
      Mixed_5b: (x) => blockA(net, "Mixed_5b", x, 32), // 35
      Mixed_5c: (x) => blockA(net, "Mixed_5c", x, 64),
      Mixed_5d: (x) => blockA(net, "Mixed_5d", x, 64),
      Mixed_6a: (x) => blockB(net, "Mixed_6a", x), // 17
      Mixed_6b: (x) => blockC(net, "Mixed_6b", x, 128),
      Mixed_6c: (x) => blockC(net, "Mixed_6c", x, 160),
      Mixed_6d: (x) => blockC(net, "Mixed_6d", x, 160),
      Mixed_6e: (x) => blockC(net, "Mixed_6e", x, 192),
      Mixed_7a: (x) => blockD(net, "Mixed_7a", x), // 8
      Mixed_7b: (x) => blockE(net, "Mixed_7b", x),
      Mixed_7c: (x) => blockE(net, "Mixed_7c", x, options.lastPool),
    };

    // Table 1. Sizes are for `full`.
    let x = conv("Conv2d_1a_3x3", INPUT, 32, 3, stem.stride, "valid"); // 149
    x = conv("Conv2d_2a_3x3", x, 32, 3, 1, "valid"); // 147
    x = conv("Conv2d_2b_3x3", x, 64, 3); // 147
    if (stem.pool) x = maxPool("MaxPool_3a_3x3", x); // 73
    x = conv("Conv2d_3b_1x1", x, 80, 1, 1, "valid"); // 73
    x = conv("Conv2d_4a_3x3", x, 192, 3, 1, "valid"); // 71
    x = maxPool("MaxPool_5a_3x3", x); // 35
    let auxLogits: string | null = null;
    for (const name of BLOCKS.slice(0, end + 1)) {
      x = blocks[name](x);
      if (name === "Mixed_6e" && options.auxiliary && classes > 0) {
        auxLogits = auxiliaryClassifier(net, x, classes);
      }
    }
    const features = pool(net, x, options.pooling ?? "mean");
    return {
      activations: x,
      features,
      ...(classes > 0 && classifier(net, features, classes, options)),
      ...(auxLogits !== null && { auxLogits }),
    };
  });
}

/** Pools the last activations to features. */
function pool(net: LayerBuilder, x: string, pooling: Pooling): string {
  switch (pooling) {
    case "mean":
      return net.globalAvgPool("AvgPool_1a", x);
    case "max":
      return net.globalMaxPool("MaxPool_1a", x);
    case "flatten":
      return net.flatten("Flatten_1a", x);
  }
}

/** Adds the logits, and the probabilities if there are any. */
function classifier(
  net: LayerBuilder,
  x: string,
  classes: number,
  { hiddenUnits = [], activation = "softmax" }: InceptionV3Options,
) {
  for (const [i, units] of hiddenUnits.entries()) {
    x = net.dense(`Logits/hidden_${i + 1}`, x, units, "relu");
  }
  const logits = net.dense("Logits", x, classes, "linear");
  return activation === "none"
    ? { logits }
    : { logits, probabilities: net[activation]("Predictions", logits) };
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
