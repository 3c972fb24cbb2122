import { throwIfAborted } from "../async/abort.ts";
import {
  type Observer,
  openObserved,
  openSimulation,
  type TfjsRequest,
} from "../backends/tfjs/observe.ts";
import type { Session } from "../backends/mod.ts";
import { cosine } from "../cosine.ts";
import { assertFiniteAnswer } from "../finite_answer.ts";
import {
  type AnswerActivation,
  type Graph,
  inferShapes,
  modelMetadata,
  type Network,
  type QuantizedNetwork,
} from "../model/mod.ts";

/** How close an int8 network is to the f32 network. */
export interface Fidelity {
  /** The bits of the int8 network's activations. */
  readonly bits: 7 | 8;
  /** The number of images. */
  readonly images: number;
  /** The cosine between the two networks' features of an image, in -1..1. */
  readonly featuresCosine: { readonly mean: number; readonly min: number };
  /** The activation for the logits; `null` without classes. */
  readonly activation: AnswerActivation | null;
  /**
   * The number of images for which both networks give the same answer: the same top-1
   * class; with a sigmoid, the same classes of 0.5 and above; without classes, the same
   * largest feature. Absent if logits are the answers.
   */
  readonly sameAnswer?: number;
  /**
   * The root mean square of the logits' differences, divided by that of the f32 logits.
   * Absent without classes, or if these are all 0.
   */
  readonly logitsError?: number;
  /** The layers, in execution order. */
  readonly layers: readonly LayerFidelity[];
}

/** The fidelity of the activation of a convolution or an average pool. */
export interface LayerFidelity {
  /** The node's name. */
  readonly name: string;
  /**
   * The signal-to-noise ratio in dB: the power of the f32 activation divided by the power
   * of the difference. Absent if either is 0.
   */
  readonly signalToNoise?: number;
}

/** The approximate number of pixels to compare per activation. */
const PIXELS = 4;

/** The recorded values of a network's run on an image. */
export interface WatchedRun {
  /** A sample of each layer's activation, by the layer's name. */
  readonly layers: ReadonlyMap<string, Float32Array>;
  readonly features: Float32Array;
  /** `null` without classes. */
  readonly logits: Float32Array | null;
  /** The indices of the answered classes; without classes, of the largest feature. */
  readonly answer: readonly number[];
}

export interface WatchOptions extends TfjsRequest {
  /** The graph at the size of the images. */
  readonly graph: Graph;
  /** 8-bit RGBA of the graph's input size, each `[height, width, 4]`. */
  readonly images: readonly (Uint8Array | Uint8ClampedArray)[];
  /** Aborts between images. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each image. */
  readonly onImage?: (() => void) | undefined;
}

export interface CompareOptions extends WatchOptions {
  /**
   * Factors by which the channels of the int8 network's activations are multiplied, by
   * node; 1 unless given.
   */
  readonly factors?: ReadonlyMap<string, Float32Array> | undefined;
}

/** Runs the f32 network as a reference. */
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
 * Runs the int8 network on the same images and compares it with the recorded runs of the
 * f32 network, which needn't be in memory any more.
 */
export async function compareInt8(
  expected: readonly WatchedRun[],
  network: QuantizedNetwork,
  bits: 7 | 8,
  options: CompareOptions,
): Promise<Fidelity> {
  const found = await watch(
    (observe) => openSimulation(network, options.graph, bits, observe, options),
    options,
  );
  for (const [name, factors] of options.factors ?? []) {
    for (const { layers } of found) divide(layers.get(name), factors);
  }
  const { value: activation } = modelMetadata(network).activation;
  const images = found.length;
  return { bits, images, activation, ...compare(expected, found, activation) };
}

async function watch(
  open: (observe: Observer) => Promise<Session>,
  { graph, images, signal, onImage }: WatchOptions,
): Promise<readonly WatchedRun[]> {
  const shapes = inferShapes(graph);
  const { features, logits, probabilities } = graph.outputs;
  const isSigmoid = graph.nodes.some(({ op, name }) =>
    op === "sigmoid" && name === probabilities
  );
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
      const values = assertFiniteAnswer(
        output,
        await session.run(pixels, output),
      );
      const seen = layers.get(features)!;
      layers.delete(features);
      const answer = isSigmoid
        ? indicesOfPositive(values)
        : [indexOfMax(values)];
      runs.push({
        layers,
        features: seen,
        logits: logits ? values : null,
        answer,
      });
      onImage?.();
    }
  } finally {
    session[Symbol.dispose](); // Not `using`, which Node 20 and Safari don't support.
  }
  return runs;
}

function compare(
  expected: readonly WatchedRun[],
  found: readonly WatchedRun[],
  activation: Fidelity["activation"],
): Omit<Fidelity, "bits" | "images" | "activation"> {
  const logitsError = errorOfLogits(expected, found);
  const cosines = expected.map(({ features }, i) =>
    cosine(features, found[i]!.features)
  );
  return {
    featuresCosine: {
      mean: cosines.reduce((a, b) => a + b) / cosines.length,
      min: Math.min(...cosines),
    },
    ...activation !== "none" && {
      sameAnswer: expected.filter((it, i) =>
        String(it.answer) === String(found[i]!.answer)
      ).length,
    },
    ...Number.isFinite(logitsError) && { logitsError },
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

/** Divides the channels of a recorded activation. */
function divide(values: Float32Array | undefined, factors: Float32Array): void {
  const channels = factors.length;
  for (let i = 0; i < (values?.length ?? 0); i++) {
    values![i]! /= factors[i % channels]!;
  }
}

/** See {@linkcode Fidelity.logitsError}; NaN if absent. */
function errorOfLogits(
  expected: readonly WatchedRun[],
  found: readonly WatchedRun[],
): number {
  let signal = 0;
  let noise = 0;
  for (const [i, { logits }] of expected.entries()) {
    for (const [k, value] of logits?.entries() ?? []) {
      signal += value ** 2;
      noise += (value - found[i]!.logits![k]!) ** 2;
    }
  }
  return Math.sqrt(noise / signal);
}

/** The indices of logits whose sigmoid is 0.5 or more. */
function indicesOfPositive(logits: Float32Array): readonly number[] {
  return [...logits.keys()].filter((i) => logits[i]! >= 0);
}

function indexOfMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if (values[i]! > values[best]!) best = i;
  }
  return best;
}
