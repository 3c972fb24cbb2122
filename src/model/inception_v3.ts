/**
 * Inception-v3 as a graph: "Rethinking the Inception Architecture for Computer
 * Vision" (arXiv 1512.00567), Table 1 and figures 5, 6, 7 and 10, with the
 * filter counts of the released network. Names are slim's for the stem and the
 * blocks, torchvision's for the branches.
 *
 * @module
 */
import { type Graph, INPUT, type Node, type Padding } from "./graph.ts";

/**
 * How an image enters the network (section 8 of the paper). `"full"` takes 299 x
 * 299 pixels; `"low151"` and `"low79"` take fewer at nearly the same cost, with
 * less stride in the stem. A number is the side of a square image in pixels, at
 * least {@linkcode MIN_SIZE}, through the full network.
 */
export type Variant = "full" | "low151" | "low79" | number;

/** The smallest image, in pixels a side, that every window fits. */
export const MIN_SIZE = 75;

/** What may differ between two Inception-v3s. Without it: ImageNet's. */
export interface InceptionV3Options {
  /** How an image enters; `"full"` unless given. */
  readonly variant?: Variant;
  /**
   * The number of classes, 1000 unless given. With 0 the network ends with its
   * features: it has no classifier, whatever the options say of it.
   */
  readonly classes?: number;
  /** Units of dense layers with ReLU before the last one; none unless given. */
  readonly hiddenUnits?: readonly number[];
  /**
   * Whether padded zeros count in the mean of the 3 x 3 average pools: PyTorch's
   * rule, where TensorFlow's, the default, leaves them out.
   */
  readonly countIncludePad?: boolean;
  /** Whether the auxiliary classifier (figure 8) is part of it. */
  readonly auxiliary?: boolean;
  /** A factor on all channel counts, for small networks in tests. */
  readonly widthMultiplier?: number;
}

/** `side` is in pixels, `stride` and `pool` are those of the stem's start. */
interface Entry {
  readonly side: number;
  readonly stride: number;
  readonly pool: boolean;
}

/**
 * The graph of Inception-v3.
 *
 * @throws {RangeError} When the size is below {@linkcode MIN_SIZE}, the number of
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
  const { classes = 1000 } = options;
  requireWhole("number of classes", classes, 0);
  const entry = entryOf(options.variant ?? "full");
  const net = layers(options);
  const { conv, maxPool } = net;

  // Table 1. Sizes are those of `full`.
  let x = conv("Conv2d_1a_3x3", INPUT, 32, 3, entry.stride, "valid"); // 149
  x = conv("Conv2d_2a_3x3", x, 32, 3, 1, "valid"); // 147
  x = conv("Conv2d_2b_3x3", x, 64, 3); // 147
  if (entry.pool) x = maxPool("MaxPool_3a_3x3", x); // 73
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
    input: [entry.side, entry.side, 3],
    nodes: net.nodes,
    outputs: {
      features,
      ...(classes > 0 && classifier(net, features, classes, options)),
      ...(auxLogits !== null && { auxLogits }),
    },
  };
}

/** Figure 5: the 5 x 5 convolution beside two 3 x 3. */
function blockA(net: Layers, name: string, x: string, poolChannels: number) {
  const { conv, avgPool, concat } = net;
  let b5 = conv(`${name}/branch5x5_1`, x, 48, 1);
  b5 = conv(`${name}/branch5x5_2`, b5, 64, 5);
  let b3 = conv(`${name}/branch3x3dbl_1`, x, 64, 1);
  b3 = conv(`${name}/branch3x3dbl_2`, b3, 96, 3);
  b3 = conv(`${name}/branch3x3dbl_3`, b3, 96, 3);
  const pool = avgPool(`${name}/AvgPool_3x3`, x);
  return concat(name, [
    conv(`${name}/branch1x1`, x, 64, 1),
    b5,
    b3,
    conv(`${name}/branch_pool`, pool, poolChannels, 1),
  ]);
}

/** Figure 10: half the grid, by stride and by pool in parallel. */
function blockB(net: Layers, name: string, x: string) {
  const { conv, maxPool, concat } = net;
  let dbl = conv(`${name}/branch3x3dbl_1`, x, 64, 1);
  dbl = conv(`${name}/branch3x3dbl_2`, dbl, 96, 3);
  dbl = conv(`${name}/branch3x3dbl_3`, dbl, 96, 3, 2, "valid");
  return concat(name, [
    conv(`${name}/branch3x3`, x, 384, 3, 2, "valid"),
    dbl,
    maxPool(`${name}/MaxPool_3x3`, x),
  ]);
}

/** Figure 6: 7 x 7 convolutions factorized into 1 x 7 and 7 x 1. */
function blockC(net: Layers, name: string, x: string, inner: number) {
  const { conv, avgPool, concat } = net;
  let b7 = conv(`${name}/branch7x7_1`, x, inner, 1);
  b7 = conv(`${name}/branch7x7_2`, b7, inner, [1, 7]);
  b7 = conv(`${name}/branch7x7_3`, b7, 192, [7, 1]);
  let dbl = conv(`${name}/branch7x7dbl_1`, x, inner, 1);
  dbl = conv(`${name}/branch7x7dbl_2`, dbl, inner, [7, 1]);
  dbl = conv(`${name}/branch7x7dbl_3`, dbl, inner, [1, 7]);
  dbl = conv(`${name}/branch7x7dbl_4`, dbl, inner, [7, 1]);
  dbl = conv(`${name}/branch7x7dbl_5`, dbl, 192, [1, 7]);
  const pool = avgPool(`${name}/AvgPool_3x3`, x);
  return concat(name, [
    conv(`${name}/branch1x1`, x, 192, 1),
    b7,
    dbl,
    conv(`${name}/branch_pool`, pool, 192, 1),
  ]);
}

/** Figure 10 again, with a factorized 7 x 7 before one of the strides. */
function blockD(net: Layers, name: string, x: string) {
  const { conv, maxPool, concat } = net;
  let b3 = conv(`${name}/branch3x3_1`, x, 192, 1);
  b3 = conv(`${name}/branch3x3_2`, b3, 320, 3, 2, "valid");
  let b7 = conv(`${name}/branch7x7x3_1`, x, 192, 1);
  b7 = conv(`${name}/branch7x7x3_2`, b7, 192, [1, 7]);
  b7 = conv(`${name}/branch7x7x3_3`, b7, 192, [7, 1]);
  b7 = conv(`${name}/branch7x7x3_4`, b7, 192, 3, 2, "valid");
  return concat(name, [b3, b7, maxPool(`${name}/MaxPool_3x3`, x)]);
}

/** Figure 7: expanded filter banks on the coarsest grid. */
function blockE(net: Layers, name: string, x: string) {
  const { conv, avgPool, concat } = net;
  const b3 = conv(`${name}/branch3x3_1`, x, 384, 1);
  let dbl = conv(`${name}/branch3x3dbl_1`, x, 448, 1);
  dbl = conv(`${name}/branch3x3dbl_2`, dbl, 384, 3);
  const pool = avgPool(`${name}/AvgPool_3x3`, x);
  return concat(name, [
    conv(`${name}/branch1x1`, x, 320, 1),
    concat(`${name}/branch3x3`, [
      conv(`${name}/branch3x3_2a`, b3, 384, [1, 3]),
      conv(`${name}/branch3x3_2b`, b3, 384, [3, 1]),
    ]),
    concat(`${name}/branch3x3dbl`, [
      conv(`${name}/branch3x3dbl_3a`, dbl, 384, [1, 3]),
      conv(`${name}/branch3x3dbl_3b`, dbl, 384, [3, 1]),
    ]),
    conv(`${name}/branch_pool`, pool, 192, 1),
  ]);
}

/** From the features to the probabilities. */
function classifier(
  net: Layers,
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
function auxiliaryClassifier(net: Layers, x: string, classes: number) {
  x = net.avgPool("AuxLogits/AvgPool_5x5", x, 5, 3, "valid"); // 5
  x = net.conv("AuxLogits/conv0", x, 128, 1);
  x = net.conv("AuxLogits/conv1", x, 768, 5, 1, "valid"); // 1
  x = net.globalAvgPool("AuxLogits/AvgPool_1a", x);
  return net.dense("AuxLogits/fc", x, classes, "linear");
}

function entryOf(variant: Variant): Entry {
  switch (variant) {
    case "full":
      return { side: 299, stride: 2, pool: true };
    case "low151":
      return { side: 151, stride: 1, pool: true };
    case "low79":
      return { side: 79, stride: 1, pool: false };
  }
  requireWhole("size", variant, MIN_SIZE);
  return { side: variant, stride: 2, pool: true };
}

function requireWhole(what: string, value: number, minimum: number): void {
  if (Number.isSafeInteger(value) && value >= minimum) return;
  throw new RangeError(
    `Cannot build Inception-v3 as its ${what} must be a whole number >= ${minimum}: current value is ${value}`,
  );
}

/** Functions that add a layer and return its name. */
type Layers = ReturnType<typeof layers>;

function layers(options: InceptionV3Options) {
  const { countIncludePad = false, widthMultiplier = 1 } = options;
  const nodes: Node[] = [];
  const add = (node: Node) => {
    nodes.push(node);
    return node.name;
  };
  return {
    nodes,
    conv: (
      name: string,
      input: string,
      channels: number,
      kernel: number | readonly [height: number, width: number],
      stride = 1,
      padding: Padding = "same",
    ) =>
      add({
        op: "conv",
        name,
        input,
        kernel: typeof kernel === "number" ? [kernel, kernel] : kernel,
        stride,
        padding,
        channels: Math.max(1, Math.round(channels * widthMultiplier)),
        batchNorm: true,
        activation: "relu",
      }),
    maxPool: (name: string, input: string) =>
      add({ op: "maxPool", name, input, size: 3, stride: 2, padding: "valid" }),
    avgPool: (
      name: string,
      input: string,
      size = 3,
      stride = 1,
      padding: Padding = "same",
    ) =>
      add({
        op: "avgPool",
        name,
        input,
        size,
        stride,
        padding,
        countIncludePad,
      }),
    concat: (name: string, inputs: readonly string[]) =>
      add({ op: "concat", name, inputs }),
    globalAvgPool: (name: string, input: string) =>
      add({ op: "globalAvgPool", name, input }),
    dense: (
      name: string,
      input: string,
      units: number,
      activation: "relu" | "linear",
    ) => add({ op: "dense", name, input, units, activation }),
    softmax: (name: string, input: string) =>
      add({ op: "softmax", name, input }),
  };
}
