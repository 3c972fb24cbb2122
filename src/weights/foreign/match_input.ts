import { CorruptWeightsError } from "../../errors.ts";
import type { PerChannel, PixelScale, Variant } from "../../model/mod.ts";
import { unexpected } from "../json.ts";
import { asSide } from "../limits.ts";
import type {
  ForeignConv,
  ForeignGraph,
  ForeignInput,
  ForeignNode,
} from "./graph.ts";
import type { ImportedScaling } from "./imported.ts";
import { isLink, kindOf, nodeAt, nodeText, unknownKind } from "./nodes.ts";
import { channelScaling, scalingTensors } from "./scaling.ts";

/** Side of the published Inception-v3's input, in pixels. */
const FULL = 299;

/** Facts read from the graph before it is matched. */
export interface StemFacts {
  /** The number of convolutions. */
  readonly convolutions: number;
  /** Output channels of the first convolution. */
  readonly width: number;
  /** The side of the image, if it is fixed. */
  readonly variant: Variant | undefined;
}

/** Counts the convolutions that the node `key` depends on, and finds the first one. */
export function surveyStem(graph: ForeignGraph, key: string): StemFacts {
  const readers = new Map<string, string[]>();
  const images: string[] = [];
  let convolutions = 0;
  const needed = new Set([key]);
  for (const key of needed) { // The loop adds to this set.
    const node = nodeAt(graph, key);
    if (node.op === "other") throw unknownKind(graph, node);
    if (node.op === "conv") convolutions++;
    if (node.op === "input") images.push(key);
    for (const input of inputsOf(node)) {
      needed.add(input);
      readers.get(input)?.push(key) ?? readers.set(input, [key]);
    }
  }
  const { conv, image } = findStem(graph, images, readers);
  const { shape, name } = conv.kernel;
  const width = shape[3] ?? 0;
  if (shape.length === 4 && Number.isSafeInteger(width) && width >= 1) {
    return { convolutions, width, variant: readVariant(graph, image, conv) };
  }
  throw new CorruptWeightsError(
    `Cannot import the ${graph.format} as the shape of the kernel "${name}" must be [height, width, inputs, outputs]: it is [${shape}]`,
  );
}

/** The first convolution and the image that it reads. */
function findStem(
  graph: ForeignGraph,
  images: readonly string[],
  readers: ReadonlyMap<string, readonly string[]>,
): { conv: ForeignConv; image: ForeignInput } {
  let other: ForeignNode | undefined;
  for (const key of images) {
    const image = graph.nodes.get(key) as ForeignInput;
    const reached = new Set([key]);
    for (const key of reached) {
      for (const reader of readers.get(key) ?? []) {
        const node = graph.nodes.get(reader)!;
        if (node.op === "conv") return { conv: node, image };
        const isPassed = node.op === "identity" || isLink(node) ||
          node.op === "concat" && node.inputs.length === 1;
        if (isPassed) reached.add(reader);
        else other ??= node;
      }
    }
  }
  throw new CorruptWeightsError(
    `Cannot import the ${graph.format} as a convolution must read the image: ${
      other === undefined
        ? "nothing does"
        : `${nodeText(graph, other)} does, ${kindOf(other)}`
    }`,
  );
}

function inputsOf(node: ForeignNode): readonly string[] {
  switch (node.op) {
    case "input":
    case "other":
      return [];
    case "concat":
      return node.inputs;
    default:
      return [node.input];
  }
}

/** The variant, from the image's size and the stride of the first convolution. */
function readVariant(
  graph: ForeignGraph,
  image: ForeignInput,
  { stride }: ForeignConv,
): Variant | undefined {
  const [height, width] = image.size;
  if (height === null && width === null) return undefined;
  const where = `the size of ${nodeText(graph, image)}`;
  if (height !== null && width !== null && height !== width) {
    throw unexpected(where, "square", image.size);
  }
  const side = asSide(height ?? width, where);
  if (side === FULL) return "full";
  if (String(stride) !== "1,1") return side;
  return side === 151 ? "low151" : side === 79 ? "low79" : side;
}

/** How bytes become values, including the graph's scalings before its first convolution. */
export function pixelScale(
  graph: ForeignGraph,
  scalings: readonly ImportedScaling[],
): PixelScale {
  for (const { name, shape } of scalings.flatMap(scalingTensors)) {
    const count = shape.reduce((a, b) => a * b, 1);
    if (count === 1 || count === 3) continue;
    throw new CorruptWeightsError(
      `Cannot import the ${graph.format} as what scales the image must have 1 or 3 values: "${name}" has the shape [${shape}]`,
    );
  }
  const own = channelScaling("the image", scalings, 3);
  const { fed } = graph;
  const scale = own.scale.map((it, c) => it * fed.scale[c]!);
  const offset = own.offset.map((it, c) => it + own.scale[c]! * fed.offset[c]!);
  if (![...scale, ...offset].every(Number.isFinite)) {
    throw new CorruptWeightsError(
      `Cannot import the ${graph.format} as the values that scale the image must be finite: they give a scale of [${scale}] and an offset of [${offset}]`,
    );
  }
  return { scale: perChannel(scale), offset: perChannel(offset) };
}

function perChannel([red = 0, green = 0, blue = 0]: Float64Array): PerChannel {
  return [red, green, blue];
}
