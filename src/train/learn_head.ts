/**
 * Trains a head on precomputed features.
 *
 * @module
 */
import { startTimeSlice } from "../async/yield.ts";
import { ArgumentError } from "../errors.ts";
import type { LayerWeights } from "../model/mod.ts";
import type { FeatureTable } from "./features.ts";
import {
  createHead,
  headGradients,
  headLayers,
  type HeadShape,
  toWeights,
} from "./head.ts";
import { smoothLabel, softmaxCrossEntropy } from "./label_smoothing.ts";
import type { learningSettings } from "./learning_options.ts";
import { createOptimizer, learningRateAt } from "./optimizer.ts";
import { type Random, shuffle } from "./random.ts";
import { foldScaling, measureScaling, scaledTable } from "./scale_features.ts";
import { type HeadScore, scoreHead } from "./score_head.ts";

/** Options for training a head. */
export type LearnOptions =
  & Omit<
    ReturnType<typeof learningSettings>,
    "seed" | "signal"
  >
  & {
    /** The fraction of the last layer's inputs that is dropped, in [0, 1). */
    readonly dropout: number;
    /** Training ends after this many epochs without a lower held-out loss. */
    readonly patience: number;
    readonly random: Random;
    readonly signal?: AbortSignal | undefined;
    /** Called after each epoch. */
    readonly onEpoch?: ((epoch: Epoch) => void) | undefined;
  };

/** One pass through all rows. */
export interface Epoch {
  /** Counted from 1. */
  readonly epoch: number;
  /** The mean of the minimized loss, with label smoothing and dropout. */
  readonly loss: number;
  /** The score of the averaged head on held-out rows; `null` if there are none. */
  readonly heldOut: HeadScore | null;
}

/** A trained head. */
export interface LearntHead {
  /** The layers by their names in the graph. */
  readonly layers: ReadonlyMap<string, LayerWeights>;
  /** All epochs, in order. */
  readonly epochs: readonly Epoch[];
  /** The epoch whose weights are used. */
  readonly bestEpoch: number;
}

/**
 * Minimizes the smoothed loss on the first table. The result is the moving average of the
 * weights after the epoch with the lowest loss on the second table, or after the last
 * epoch if that table is empty.
 *
 * @throws {ArgumentError} When the loss is no longer finite.
 * @throws {AbortedError} When the signal fires.
 */
export async function learnHead(
  shape: HeadShape,
  learntFeatures: FeatureTable,
  heldOutFeatures: FeatureTable,
  options: LearnOptions,
): Promise<LearntHead> {
  const { random, batchSize } = options;
  const { classes } = shape;
  const scaling = measureScaling(learntFeatures, shape.inputs);
  const learnt = scaledTable(learntFeatures, scaling);
  const heldOut = scaledTable(heldOutFeatures, scaling);
  const targets = Array.from(
    { length: classes },
    (_, label) => smoothLabel(label, classes, options.labelSmoothing),
  );
  const parameters = createHead(shape, random);
  const gradients = new Float32Array(parameters.length);
  const optimizer = createOptimizer(options.optimizer, parameters);
  const layers = headLayers(shape, parameters);
  const averages = headLayers(shape, optimizer.averages);
  const dropout = { rate: options.dropout, random };

  /** Runs a step. Returns the sum of the rows' losses before it. */
  const takeStep = (rows: Uint32Array, learningRate: number): number => {
    let loss = 0;
    const lossGradient = (logits: Float32Array) => {
      const gradient = new Float32Array(logits.length);
      for (const [i, row] of rows.entries()) {
        const at = i * classes;
        const own = softmaxCrossEntropy(
          logits.subarray(at, at + classes),
          targets[learnt.classes[row]!]!,
        );
        loss += own.loss;
        gradient.set(own.gradient.map((it) => it / rows.length), at);
      }
      return gradient;
    };
    headGradients(
      layers,
      learnt.read(rows),
      dropout,
      lossGradient,
      headLayers(shape, gradients),
    );
    optimizer.step(gradients, learningRate);
    if (Number.isFinite(loss)) return loss;
    throw new ArgumentError(
      `Cannot learn as the loss is ${loss}: choose a learning rate below ${options.learningRate}`,
    );
  };

  const order = Uint32Array.from(learnt.classes, (_, row) => row);
  const epochs: Epoch[] = [];
  let best = { epoch: 0, loss: Infinity, parameters };
  const slice = startTimeSlice(options.signal);
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    // Yields also in Workers, where the clock doesn't advance during a slice.
    await slice.yield();
    shuffle(order, random);
    const learningRate = learningRateAt(epoch - 1, options.learningRate);
    let loss = 0;
    for (let start = 0; start < order.length; start += batchSize) {
      if (slice.isOver()) await slice.yield();
      loss += takeStep(order.subarray(start, start + batchSize), learningRate);
    }
    const score = heldOut.classes.length === 0
      ? null
      : scoreHead(averages, heldOut).score;
    epochs.push({ epoch, loss: loss / order.length, heldOut: score });
    options.onEpoch?.(epochs.at(-1)!);
    if (score === null || score.loss < best.loss) {
      const parameters = optimizer.averages.slice();
      best = { epoch, loss: score?.loss ?? Infinity, parameters };
    } else if (epoch - best.epoch >= options.patience) break;
  }
  const weights = new Map(toWeights(headLayers(shape, best.parameters)));
  const [name, first] = [...weights][0]!;
  weights.set(name, foldScaling(first, scaling));
  return { layers: weights, epochs, bestEpoch: best.epoch };
}
