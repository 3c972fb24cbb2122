/**
 * The input range of files that don't state it. The first operations of a file usually
 * reveal it: they map bytes, 0..1 or another range to one that networks expect.
 *
 * @module
 */
import type { PixelScale, Preprocessing } from "../../model/mod.ts";
import { KERAS_PREPROCESSING } from "../keras/preprocessing.ts";
import { IMAGENET_PREPROCESSING } from "../torch/preprocessing.ts";
import { foldLayer } from "./fold_layer.ts";
import type { ForeignGraph, ForeignNode } from "./graph.ts";
import type { ImportedModel, ImportedScaling } from "./imported.ts";
import { matchInceptionV3 } from "./match.ts";
import { channelScaling, scalingTensors } from "./scaling.ts";

/** Raw bytes, 0..255. */
export const BYTES: PixelScale = { scale: [1, 1, 1], offset: [0, 0, 0] };

/** 0..1 */
export const UP_TO_1: PixelScale = {
  scale: [1 / 255, 1 / 255, 1 / 255],
  offset: [0, 0, 0],
};

/** The ranges that first convolutions expect: the possible results of a file's scaling. */
const TAKEN = [KERAS_PREPROCESSING, UP_TO_1, IMAGENET_PREPROCESSING];
/** The possible ranges of a file's own input. */
const FED = [BYTES, ...TAKEN];

/** The tolerance for values of {@linkcode TAKEN}: (x - 128) / 128 is off by 0.008. */
const NEAR = 0.01;

/**
 * Like {@linkcode matchInceptionV3}, for a file that doesn't state its input range. If its
 * graph doesn't reveal the range either, `habit` is assumed, or bytes if the first weights
 * are too small for any other range.
 *
 * @param habit The usual preprocessing with this tool.
 */
export function matchFed(
  graph: Omit<ForeignGraph, "fed">,
  habit: Preprocessing,
): ImportedModel {
  const fed = fedOf(graph.nodes, habit);
  if (fed !== undefined) return matchAs({ ...graph, fed }, habit);
  const model = matchAs({ ...graph, fed: habit }, habit, false);
  return takesBytes(model)
    ? matchAs({ ...graph, fed: BYTES }, habit, false)
    : model;
}

/**
 * Like {@linkcode matchFed}, for a known input range (`graph.fed`).
 *
 * @param isSaid `false` if that range is a guess.
 */
export function matchAs(
  graph: ForeignGraph,
  { crop, resize }: Preprocessing,
  isSaid = true,
): ImportedModel {
  const { pixels: _, ...model } = matchInceptionV3(graph, { crop, resize });
  const { scale, offset } = model.usual;
  return { ...model, ...isSaid && { pixels: { scale, offset } } };
}

/**
 * A first convolution with a smaller norm expects bytes: converters fold a scale of 1/127.5
 * into its weights. The norm is the median over channels of each channel's L2 norm: 1.7 in
 * the published network, which expects -1..1, and 0.013 in one that expects bytes.
 */
const SMALL = 0.15;

function takesBytes({ layers }: ImportedModel): boolean {
  const name = "Conv2d_1a_3x3";
  const layer = layers.get(name);
  if (layer?.kernel.shape.slice(0, 3).join() !== "3,3,3") return false;
  const { kernel } = foldLayer(name, layer);
  const channels = layer.kernel.shape[3]!;
  const sums = new Float64Array(channels);
  for (const [i, weight] of kernel.entries()) {
    sums[i % channels]! += weight * weight;
  }
  return Math.sqrt(sums.sort()[channels >> 1]!) < SMALL;
}

/** The input range that the file's scaling maps to one that networks expect, if any. */
export function fedOf(
  nodes: ReadonlyMap<string, ForeignNode>,
  habit: PixelScale,
): PixelScale | undefined {
  const scalings = firstScalings(nodes);
  const counts = scalings.flatMap(scalingTensors)
    .map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  if (scalings.length === 0 || counts.some((it) => it !== 1 && it !== 3)) {
    return undefined;
  }
  const own = channelScaling("the image", scalings, 3);
  return [habit, ...FED].find((fed) =>
    TAKEN.some((taken) =>
      [0, 1, 2].every((c) =>
        [0, 255].every((byte) => {
          const value = byte * fed.scale[c]! + fed.offset[c]!;
          const result = value * own.scale[c]! + own.offset[c]!;
          const expected = byte * taken.scale[c]! + taken.offset[c]!;
          return Math.abs(result - expected) < NEAR;
        })
      )
    )
  );
}

/** The scalings between the image and the first node of another kind, or the first branch. */
function firstScalings(
  nodes: ReadonlyMap<string, ForeignNode>,
): readonly ImportedScaling[] {
  const readers = new Map<string, string[]>();
  let key: string | undefined;
  for (const [name, node] of nodes) {
    if (node.op === "input") key = name;
    if (!("input" in node)) continue;
    readers.get(node.input)?.push(name) ?? readers.set(node.input, [name]);
  }
  const scalings: ImportedScaling[] = [];
  // At most one step per node: the graph in a file may have a cycle.
  for (let steps = nodes.size; key !== undefined && steps > 0; steps--) {
    const [reader, second] = readers.get(key) ?? [];
    const node = reader === undefined ? undefined : nodes.get(reader);
    if (node === undefined || second !== undefined) break;
    if (node.op === "affine" || node.op === "batchNorm") scalings.push(node);
    else if (node.op !== "identity") break;
    key = reader;
  }
  return scalings;
}
