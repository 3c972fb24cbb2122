/**
 * Runs each layer of a network on many images before the next layer. So only the images'
 * activations and the weights of one layer are in memory, never the whole network.
 *
 * @module
 */
import { createLayerTensors, evaluate } from "../backends/tfjs/execute.ts";
import type { Tensor, Tensor4D, Tfjs } from "../backends/tfjs/types.ts";
import { onBackend } from "../backends/tfjs/session.ts";
import type { Pixels } from "../image/mod.ts";
import { startTimeSlice } from "../async/yield.ts";
import {
  type Graph,
  inferShapes,
  INPUT,
  isWeighted,
  type Network,
  type Node,
  nodeInputs,
  nodesFor,
  type Shape,
} from "../model/mod.ts";
import { imageBatch } from "./image_batch.ts";

/**
 * The number of images per run if it doesn't affect results: 8 images of 299 pixels take
 * 66 MB, and a quarter of the time goes into creating weights.
 */
export const CONCURRENCY = 8;

/** How to run layers. */
export interface LayerRunner {
  /** With an initialised WASM backend. */
  readonly tf: Tfjs;
  readonly signal: AbortSignal | undefined;
}

/** `factor * x + term`, with one value per channel. */
export interface Affine {
  readonly factor: Float32Array;
  readonly term: Float32Array;
}

/**
 * Called with a convolution's output for each image, with bias and before the ReLU. May
 * return an affine map to apply to it.
 */
export type SumsObserver = (
  node: string,
  sums: readonly Tensor4D[],
) => Affine | null;

/**
 * Computes the features of images.
 *
 * @param images RGBA of the graph's size.
 * @throws {AbortedError} When the signal fires.
 */
export async function runLayers(
  { tf, signal }: LayerRunner,
  graph: Graph,
  network: Network,
  images: readonly Pixels["data"][],
  observe: SumsObserver = () => null,
): Promise<readonly Float32Array[]> {
  const on = <T>(action: () => T): T => onBackend(tf, "wasm", action);
  const { input: [side], outputs: { features } } = graph;
  const shapes = inferShapes(graph);
  const nodes = nodesFor(graph, features);
  const lastReaders = new Map(
    nodes.flatMap((node) => nodeInputs(node).map((name) => [name, node])),
  );
  /** By node, one per image, until the last reader has run. */
  const activations = new Map<string, readonly Tensor[]>();
  const forget = (name: string) => {
    for (const it of activations.get(name)!) it.dispose();
    activations.delete(name);
  };
  try {
    const inputs = on(() =>
      images.map((it) => imageBatch(tf, [it], side, network.preprocessing))
    );
    activations.set(INPUT, inputs);
    const timeSlice = startTimeSlice(signal);
    for (const node of nodes) {
      if (timeSlice.isOver()) await timeSlice.yield();
      const names = nodeInputs(node);
      const inputs = images.map((_, image) =>
        names.map((name) => activations.get(name)![image]!)
      );
      const results = on(() =>
        runNode(tf, node, shapes.get(names[0]!)!, network, inputs, observe)
      );
      activations.set(node.name, results);
      for (const name of new Set(names)) {
        if (lastReaders.get(name) === node) forget(name);
      }
    }
    return activations.get(features)!
      .map((it) => Float32Array.from(it.dataSync()));
  } finally {
    for (const name of [...activations.keys()]) forget(name);
  }
}

/** @param inputs The inputs for each image. */
function runNode(
  tf: Tfjs,
  node: Node,
  shape: Shape,
  network: Network,
  inputs: readonly (readonly Tensor[])[],
  observe: SumsObserver,
): readonly Tensor[] {
  const weights = new Map();
  if (isWeighted(node)) {
    weights.set(node.name, createLayerTensors(tf, network, node, shape));
  }
  const isConv = node.op === "conv";
  const linear = isConv ? { ...node, activation: "linear" as const } : node;
  const results = inputs.map((it) =>
    tf.tidy(() => evaluate(tf, linear, it, weights))
  );
  for (const { kernel, bias } of weights.values()) tf.dispose([kernel, bias]);
  if (!isConv) return results;
  const change = observe(node.name, results as Tensor4D[]);
  return results.map((sums) => {
    const activation = tf.tidy(() =>
      tf.relu(
        change === null
          ? sums
          : tf.add(tf.mul(sums, change.factor), change.term),
      )
    );
    sums.dispose();
    return activation;
  });
}
