/**
 * What a network loses by int8, on images that didn't set its ranges.
 *
 * @module
 */
import { throwIfAborted } from "../async/abort.ts";
import {
  type Observer,
  openObserved,
  openSimulation,
  type TfjsRequest,
} from "../backends/tfjs/observe.ts";
import type { Session } from "../backends/mod.ts";
import { cosine } from "../cosine.ts";
import { finiteAnswer } from "../finite_answer.ts";
import {
  type Graph,
  inferShapes,
  type Network,
  type QuantizedNetwork,
} from "../model/mod.ts";

/** How close an int8 network comes to the f32 one. */
export interface Fidelity {
  /** The bits of the int8 network's activations. */
  readonly bits: 7 | 8;
  /** How many images were compared. */
  readonly images: number;
  /** The cosine between the two networks' features of an image, in -1..1. */
  readonly featuresCosine: { readonly mean: number; readonly min: number };
  /** For how many images both find the same class the most likely. */
  readonly sameAnswer: number;
  /** By layer, in execution order. */
  readonly layers: readonly LayerFidelity[];
}

/** How close the activation of a convolution or an average pool comes. */
export interface LayerFidelity {
  /** The node's name. */
  readonly name: string;
  /**
   * The power of the f32 activation over the power of the difference, in dB. Absent
   * where either is 0, as in a layer that gives 0 for every image.
   */
  readonly signalToNoise?: number;
}

/** About this many pixels of each activation and image are compared. */
const PIXELS = 4;

/** What is kept of one image's way through a network. */
export interface WatchedRun {
  /** Some values of each layer's activation, by the layer's name. */
  readonly layers: ReadonlyMap<string, Float32Array>;
  /** All features. */
  readonly features: Float32Array;
  /** The index of the likeliest class; of the largest feature without classes. */
  readonly answer: number;
}

/** Images that a network is watched on. */
export interface WatchOptions extends TfjsRequest {
  /** The network, at the size of the images. */
  readonly graph: Graph;
  /** 8-bit RGBA of the graph's input size, `[height, width, 4]` each. */
  readonly images: readonly (Uint8Array | Uint8ClampedArray)[];
  /** Gives up between two images. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the network has seen an image. */
  readonly onImage?: (() => void) | undefined;
}

/**
 * The f32 network's runs, to compare with.
 *
 * @throws {AbortedError} When the signal fires.
 */
export function watchF32(
  network: Network,
  options: WatchOptions,
): Promise<readonly WatchedRun[]> {
  return watch(
    (observe) => openObserved(network, options.graph, observe, options),
    options,
  );
}

/**
 * Compares the int8 network on the same images with the runs of the f32 one,
 * which needn't be in memory any more.
 *
 * @throws {AbortedError} When the signal fires.
 */
export async function compareInt8(
  expected: readonly WatchedRun[],
  network: QuantizedNetwork,
  bits: 7 | 8,
  options: WatchOptions,
): Promise<Fidelity> {
  const found = await watch(
    (observe) => openSimulation(network, options.graph, bits, observe, options),
    options,
  );
  return { bits, images: found.length, ...compare(expected, found) };
}

async function watch(
  open: (observe: Observer) => Promise<Session>,
  { graph, images, signal, onImage }: WatchOptions,
): Promise<readonly WatchedRun[]> {
  const shapes = inferShapes(graph);
  const { features, logits } = graph.outputs;
  let layers = new Map<string, Float32Array>();
  const session = await open(({ op, name }, read) => {
    if (name === features) layers.set(name, read(1));
    if (op !== "conv" && op !== "avgPool") return;
    const [height, width] = shapes.get(name)!;
    layers.set(name, read(Math.ceil(height * width / PIXELS)));
  });
  const runs: WatchedRun[] = [];
  try {
    for (const pixels of images) {
      throwIfAborted(signal);
      layers = new Map();
      const output = logits ? "logits" : "features";
      const values = finiteAnswer(output, await session.run(pixels, output));
      const seen = layers.get(features)!;
      layers.delete(features);
      runs.push({ layers, features: seen, answer: indexOfMax(values) });
      onImage?.();
    }
  } finally {
    session[Symbol.dispose](); // Not `using`, which Node 20 and Safari don't know.
  }
  return runs;
}

function compare(
  expected: readonly WatchedRun[],
  found: readonly WatchedRun[],
): Pick<Fidelity, "featuresCosine" | "sameAnswer" | "layers"> {
  const cosines = expected.map(({ features }, i) =>
    cosine(features, found[i]!.features)
  );
  return {
    featuresCosine: {
      mean: cosines.reduce((a, b) => a + b) / cosines.length,
      min: Math.min(...cosines),
    },
    sameAnswer: expected.filter((it, i) => it.answer === found[i]!.answer)
      .length,
    layers: [...expected[0]!.layers.keys()].map((name) => {
      let signal = 0;
      let noise = 0;
      for (const [i, { layers }] of expected.entries()) {
        const exact = layers.get(name)!;
        const coarse = found[i]!.layers.get(name)!;
        for (let k = 0; k < exact.length; k++) {
          signal += exact[k]! ** 2;
          noise += (exact[k]! - coarse[k]!) ** 2;
        }
      }
      const signalToNoise = 10 * Math.log10(signal / noise);
      return Number.isFinite(signalToNoise)
        ? { name, signalToNoise }
        : { name };
    }),
  };
}

function indexOfMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if (values[i]! > values[best]!) best = i;
  }
  return best;
}
