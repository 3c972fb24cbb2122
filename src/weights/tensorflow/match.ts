import type { PixelScale } from "../../model/mod.ts";
import { BYTES, fedOf, matchAs, matchFed } from "../foreign/fed.ts";
import type { ImportedModel } from "../foreign/imported.ts";
import { KERAS_PREPROCESSING } from "../keras/preprocessing.ts";
import { type ReadGraph, readTensorflowGraph } from "./graph_def.ts";
import type { TensorflowGraph } from "./node_def.ts";

/** Finds Inception-v3 in a TensorFlow graph, whose users mostly come from Keras. */
export function matchTensorflow(source: TensorflowGraph): ImportedModel {
  const read = readTensorflowGraph(source);
  const feeding = feedingOf(read);
  if (feeding === undefined) return matchFed(read.graph, KERAS_PREPROCESSING);
  const graph = { ...read.graph, fed: feeding.fed };
  return matchAs(graph, KERAS_PREPROCESSING, feeding.isSaid);
}

/**
 * What a graph's input is fed, as far as the graph tells: `undefined` if it doesn't scale
 * the image.
 */
export function feedingOf(
  { graph, image }: ReadGraph,
): { readonly fed: PixelScale; readonly isSaid: boolean } | undefined {
  if (image?.isBytes) return { fed: BYTES, isSaid: true };
  if (image?.scaling === undefined) return undefined;
  const known = fedOf(graph.nodes, KERAS_PREPROCESSING);
  if (known !== undefined) return { fed: known, isSaid: true };
  // Graphs are optimized: a factor may have gone into the first kernel.
  const { scale, offset } = image.scaling;
  const isForBytes = scale.some((it, i) =>
    Math.abs(offset[i]! / it) > MOST_OF_UNIT ||
    255 * Math.abs(it) < MOST_OF_BYTES
  );
  return { fed: isForBytes ? BYTES : UNIT, isSaid: false };
}

/** What becomes 0 is 0.5, ImageNet's mean or the like for an image of 0..1. */
const MOST_OF_UNIT = 2;

/** No network is trained with larger values: with ImageNet's deviations they are 4.5. */
const MOST_OF_BYTES = 32;

const UNIT: PixelScale = {
  scale: [1 / 255, 1 / 255, 1 / 255],
  offset: [0, 0, 0],
};
