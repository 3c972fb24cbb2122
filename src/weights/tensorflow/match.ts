import type { PixelScale } from "../../model/mod.ts";
import { BYTES, fedOf, matchAs, matchFed } from "../foreign/fed.ts";
import type { ImportedModel } from "../foreign/imported.ts";
import { KERAS_PREPROCESSING } from "../keras/preprocessing.ts";
import { type ReadGraph, readTensorflowGraph } from "./graph_def.ts";
import type { TensorflowGraph } from "./node_def.ts";

/** Finds Inception-v3 in a TensorFlow graph. Keras's preprocessing is the default. */
export function matchTensorflow(source: TensorflowGraph): ImportedModel {
  const read = readTensorflowGraph(source);
  const feeding = feedingOf(read);
  if (feeding === undefined) return matchFed(read.graph, KERAS_PREPROCESSING);
  const graph = { ...read.graph, fed: feeding.fed };
  return matchAs(graph, KERAS_PREPROCESSING, feeding.isSaid);
}

/**
 * The input range, as far as the graph reveals it; `undefined` if the graph doesn't scale
 * the image. `isSaid` is `false` for a guess.
 */
export function feedingOf(
  { graph, image }: ReadGraph,
): { readonly fed: PixelScale; readonly isSaid: boolean } | undefined {
  if (image?.isBytes) return { fed: BYTES, isSaid: true };
  if (image?.scaling === undefined) return undefined;
  const known = fedOf(graph.nodes, KERAS_PREPROCESSING);
  if (known !== undefined) return { fed: known, isSaid: true };
  // Optimizers may have folded a factor into the first kernel.
  const { scale, offset } = image.scaling;
  const isForBytes = scale.some((it, i) =>
    Math.abs(offset[i]! / it) > MOST_OF_UNIT ||
    255 * Math.abs(it) < MOST_OF_BYTES
  );
  return { fed: isForBytes ? BYTES : UNIT, isSaid: false };
}

/** Maximum input that the scaling maps to 0 for images of 0..1. A typical mean is 0.5. */
const MOST_OF_UNIT = 2;

/** Maximum range of scaled values. With ImageNet's deviations it is about 4.5. */
const MOST_OF_BYTES = 32;

const UNIT: PixelScale = {
  scale: [1 / 255, 1 / 255, 1 / 255],
  offset: [0, 0, 0],
};
