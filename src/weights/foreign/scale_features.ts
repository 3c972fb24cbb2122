import { CorruptWeightsError } from "../../errors.ts";
import { type Graph, inferShapes, nodeInputs } from "../../model/mod.ts";
import { elementCount } from "../../model/shapes.ts";
import type { ForeignGraph } from "./graph.ts";
import type { ImportedLayer, ImportedScaling } from "./imported.ts";
import { channelScaling } from "./scaling.ts";

/** Whether a scaling only multiplies. */
export function isFactor(
  scaling: ImportedScaling,
): scaling is Extract<ImportedScaling, { op: "affine" }> {
  return scaling.op === "affine" && scaling.scale !== undefined &&
    scaling.offset === undefined;
}

/** Whether a scaling is a positive factor, which keeps the largest value the largest. */
export function isPositiveFactor(scaling: ImportedScaling): boolean {
  return isFactor(scaling) && scaling.scale!.read().every((it) => it > 0);
}

/**
 * Moves positive per-channel factors of the features into the last block's convolutions:
 * they commute with ReLU and pooling. So the features are the values that the classifier
 * reads. Files with integer activations need this, as they divide each channel by its range.
 *
 * @param layers The layers of `ours`; changed in place.
 * @returns The scalings left for the first dense layer: all of them, or none.
 */
export function scaleFeatures(
  graph: ForeignGraph,
  ours: Graph,
  layers: Map<string, ImportedLayer>,
  scalings: readonly ImportedScaling[],
): readonly ImportedScaling[] {
  const shapes = inferShapes(ours);
  const channels = shapes.get(ours.outputs.activations!)![2];
  const count = elementCount(shapes.get(ours.outputs.features)!);
  const areFactors = scalings.every((it) =>
    isFactor(it) &&
    [1, channels, count].includes(it.scale!.shape.reduce((a, b) => a * b, 1))
  );
  if (scalings.length === 0 || !areFactors) return scalings;
  const { scale } = channelScaling("the features", scalings, count);
  const isOfChannels = scale.every((it, i) =>
    it > 0 && it < Infinity && it === scale[i % channels]
  );
  if (!isOfChannels) return scalings;
  let first = 0;
  for (const node of lastNodes(ours, ours.outputs.activations!)) {
    if (node.op !== "conv") {
      throw new CorruptWeightsError(
        `Cannot import the ${graph.format} as the features of a block that ends in a pool must not be scaled: they are. Give the file that it was made of`,
      );
    }
    const values = Float32Array.from(
      scale.subarray(first, first += node.channels),
    );
    const layer = layers.get(node.name)!;
    const factor = {
      name: `the scale of "${node.name}"`,
      shape: [values.length],
      read: () => values.slice(),
    };
    layers.set(node.name, {
      ...layer,
      after: [...layer.after ?? [], { op: "affine", scale: factor }],
    });
  }
  return [];
}

/** The nodes whose channels a concatenation joins, in order. */
function lastNodes(ours: Graph, name: string): Graph["nodes"][number][] {
  const node = ours.nodes.find((it) => it.name === name)!;
  return node.op === "concat"
    ? nodeInputs(node).flatMap((it) => lastNodes(ours, it))
    : [node];
}
