/**
 * Trains an Inception-v3 from nothing, as the paper did (arXiv 1512.00567,
 * sections 4, 7 and 8), on whatever the machine has.
 *
 * @module
 */
import { onBackend } from "../backends/tfjs/session.ts";
import { loadTfjsWasm } from "../backends/tfjs/wasm.ts";
import { inceptionV3, type Preprocessing, type Variant } from "../model/mod.ts";
import { KERAS_PREPROCESSING } from "../weights/keras_network.ts";
import { createParameters } from "./create_parameters.ts";
import { runForward } from "./forward.ts";
import { giveWay } from "./give_way.ts";
import { batchesOf, imageBatch } from "./image_batch.ts";
import {
  type LabelSmoothing,
  PAPER_EPSILON,
  requireSmoothing,
  smoothLabel,
} from "./label_smoothing.ts";
import { measureMoments } from "./measure_moments.ts";
import {
  createOptimizer,
  learningRateAt,
  type OptimizerRule,
} from "./optimizer.ts";
import { randomNumbers, shuffle } from "./random.ts";
import { type TrainedNetwork, trainedNetwork } from "./trained_network.ts";
import { takeStep } from "./training_step.ts";

/** An image to train with. */
export interface TrainingImage {
  /** 8-bit RGBA of the variant's size, `[side, side, 4]`; A isn't read. */
  readonly pixels: Uint8Array | Uint8ClampedArray;
  /** The index of its class. */
  readonly classIndex: number;
}

/** How a network is trained. */
export interface TrainOptions {
  /** The classes' names, at least 2. */
  readonly labels: readonly string[];
  /** How an image enters; `"full"` unless given. */
  readonly variant?: Variant | undefined;
  /** A factor on all channel counts; 1 unless given. */
  readonly widthMultiplier?: number | undefined;
  /**
   * Whether the auxiliary classifier, with batch norm, learns beside; it does unless
   * told otherwise. It isn't part of the result. Its grid is that of the three named
   * variants.
   */
  readonly auxiliary?: boolean | undefined;
  /** How bytes become values; to -1..1 unless given. */
  readonly preprocessing?: Preprocessing | undefined;
  /** How labels are smoothed; by 0.1 to all classes alike unless given. */
  readonly smoothing?: LabelSmoothing | undefined;
  /** `"rmsprop"`, as in the paper, unless given. */
  readonly optimizer?: OptimizerRule | undefined;
  /** The paper's 0.045 unless given; 0.94 of it every two epochs later. */
  readonly learningRate?: number | undefined;
  /** The images of a step, at least 2; the paper's 32 unless given. */
  readonly batchSize?: number | undefined;
  /** So often each image is seen; the paper's 100 unless given. */
  readonly epochs?: number | undefined;
  /** Decides all that is random; 1 unless given. */
  readonly seed?: number | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each epoch. */
  readonly onEpoch?: ((epoch: TrainingEpoch) => void) | undefined;
}

/** How far training is. */
export interface TrainingEpoch {
  /** Counted from 1. */
  readonly epoch: number;
  /** The mean of the smoothed loss of the network's own classifier. */
  readonly loss: number;
}

/**
 * Trains an Inception-v3 with batch norm in training mode. The result has the
 * average of the weights over time, and batch norm's statistics of that average
 * over the images.
 *
 * It runs on tfjs's WASM backend, on one thread: it is for narrow networks and few
 * images.
 *
 * @throws {RangeError} When a number is outside its range, or the pixels of an image
 * or its class.
 * @throws {GraphError} When the auxiliary classifier doesn't fit the size.
 * @throws {AbortedError} When the signal fires.
 */
export async function trainNetwork(
  images: readonly TrainingImage[],
  options: TrainOptions,
): Promise<TrainedNetwork> {
  const settings = settingsOf(options);
  const { labels, batchSize, smoothing, preprocessing, signal } = settings;
  const architecture = {
    classes: labels.length,
    widthMultiplier: settings.widthMultiplier,
    countIncludePad: true, // As in the files that a trained network is written to.
  };
  const { variant, auxiliary } = settings;
  const graph = inceptionV3({ ...architecture, variant, auxiliary });
  const [side] = graph.input;
  requireImages(images, side, labels.length);

  const tf = await loadTfjsWasm();
  const random = randomNumbers(settings.seed);
  using optimizer = onBackend(
    tf,
    BACKEND,
    () =>
      createOptimizer(
        tf,
        settings.optimizer,
        createParameters(tf, graph, random),
      ),
  );
  const batchOf = (rows: readonly number[]) =>
    imageBatch(tf, rows.map((row) => images[row]!.pixels), side, preprocessing);
  const targets = labels.map((_, label) => [
    ...smoothLabel(label, labels.length, smoothing),
  ]);

  const order = images.map((_, row) => row);
  for (let epoch = 1; epoch <= settings.epochs; epoch++) {
    const learningRate = learningRateAt(epoch - 1, settings.learningRate);
    let sum = 0;
    for (const rows of batchesOf(shuffle(order, random), batchSize)) {
      await giveWay(signal);
      sum += rows.length * onBackend(tf, BACKEND, () => {
        const asked = rows.map((row) => targets[images[row]!.classIndex]!);
        const batch = { images: batchOf(rows), targets: tf.tensor2d(asked) };
        return takeStep(tf, graph, optimizer, batch, learningRate);
      });
    }
    options.onEpoch?.({ epoch, loss: sum / images.length });
  }

  const moments = await measureMoments(
    batchesOf(order, batchSize),
    async (rows, onMoments) => {
      await giveWay(signal);
      onBackend(tf, BACKEND, () =>
        tf.tidy(() => {
          const { averages } = optimizer;
          const outputs = [graph.outputs.features];
          runForward(tf, graph, averages, batchOf(rows), outputs, onMoments);
        }));
    },
  );
  return trainedNetwork(
    { architecture, labels, preprocessing },
    optimizer.averages,
    moments,
  );
}

/** The tfjs backend that it runs on. */
const BACKEND = "wasm";

function settingsOf(options: TrainOptions) {
  const settings = {
    labels: options.labels,
    variant: options.variant ?? "full" as const,
    widthMultiplier: options.widthMultiplier ?? 1,
    auxiliary: options.auxiliary ?? true,
    preprocessing: options.preprocessing ?? KERAS_PREPROCESSING,
    smoothing: options.smoothing ?? { epsilon: PAPER_EPSILON },
    optimizer: options.optimizer ?? "rmsprop" as const,
    learningRate: options.learningRate ?? 0.045,
    batchSize: options.batchSize ?? 32,
    epochs: options.epochs ?? 100,
    seed: options.seed ?? 1,
    signal: options.signal,
  };
  requireSmoothing(settings.labels.length, settings.smoothing);
  for (const [name, least] of [["batchSize", 2], ["epochs", 1]] as const) {
    const value = settings[name];
    if (Number.isSafeInteger(value) && value >= least) continue;
    throw new RangeError(
      `Cannot train as ${name} must be a whole number >= ${least}: current value is ${value}`,
    );
  }
  for (const name of ["learningRate", "widthMultiplier"] as const) {
    const value = settings[name];
    if (value > 0 && value < Infinity) continue;
    throw new RangeError(
      `Cannot train as ${name} must be finite and > 0: current value is ${value}`,
    );
  }
  return settings;
}

function requireImages(
  images: readonly TrainingImage[],
  side: number,
  classes: number,
): void {
  if (images.length < 2) {
    throw new RangeError(
      `Cannot train as batch norm needs >= 2 images: there ${
        images.length === 1 ? "is 1" : "are none"
      }`,
    );
  }
  for (const [i, { pixels, classIndex }] of images.entries()) {
    if (pixels.length !== side * side * 4) {
      throw new RangeError(
        `Cannot train with image ${i} as it must have ${side}x${side} pixels of RGBA: it has ${pixels.length} bytes`,
      );
    }
    if (
      Number.isInteger(classIndex) && 0 <= classIndex && classIndex < classes
    ) {
      continue;
    }
    throw new RangeError(
      `Cannot train with image ${i} as its class must be in 0..${
        classes - 1
      }: it is ${classIndex}`,
    );
  }
}
