/**
 * Teaches a head with features that were computed before.
 *
 * @module
 */
import type { Tfjs } from "../backends/tfjs/execute.ts";
import { onBackend } from "../backends/tfjs/session.ts";
import { ArgumentError } from "../errors.ts";
import type { LayerWeights } from "../model/mod.ts";
import type { FeatureTable } from "./features.ts";
import { yieldToEventLoop } from "../async/yield.ts";
import {
  createHead,
  headLayers,
  type HeadShape,
  runHead,
  weightsOf,
} from "./head.ts";
import { type LabelSmoothing, smoothLabel } from "./label_smoothing.ts";
import { softmaxLoss } from "./layers/loss.ts";
import {
  createOptimizer,
  learningRateAt,
  type OptimizerRule,
} from "./optimizer.ts";
import { disposeAll, lossAndGradients } from "./parameters.ts";
import { type Random, shuffle } from "./random.ts";
import { foldScaling, measureScaling, scaledTable } from "./scale_features.ts";
import { type HeadScore, scoreHead } from "./score_head.ts";

/** How a head learns. */
export interface LearnOptions {
  /** How labels are smoothed. */
  readonly smoothing: LabelSmoothing;
  /** The part of the last layer's inputs that is dropped, in [0, 1). */
  readonly dropout: number;
  /** How gradients become steps. */
  readonly optimizer: OptimizerRule;
  /** The learning rate of the first two epochs; 0.94 of it two epochs later. */
  readonly learningRate: number;
  /** The rows of a step. */
  readonly batchSize: number;
  /** The most epochs to train, of all rows each. */
  readonly epochs: number;
  /** Training stops after this many epochs without a lower loss on what is held out. */
  readonly patience: number;
  /** Decides all that is random. */
  readonly random: Random;
  /** Gives up between steps. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each epoch. */
  readonly onEpoch?: ((epoch: Epoch) => void) | undefined;
}

/** How far learning is. */
export interface Epoch {
  /** Counted from 1. */
  readonly epoch: number;
  /** The mean of the loss that is minimized, smoothed and with dropout. */
  readonly loss: number;
  /**
   * What the averaged head does on held-out rows; `null` where there are none.
   */
  readonly heldOut: HeadScore | null;
}

/** A head that has learnt. */
export interface LearntHead {
  /** By the graph's names. */
  readonly layers: ReadonlyMap<string, LayerWeights>;
  /** All epochs, in order. */
  readonly epochs: readonly Epoch[];
  /** The epoch after which the head is taken. */
  readonly bestEpoch: number;
}

/** After this many steps other tasks have a turn, and the signal is checked. */
const STEPS_AT_ONCE = 32;

/**
 * Minimizes the smoothed loss on the rows of the first table. What it gives is the
 * average of the weights, as it was when it did best on the rows of the second; at
 * the end, where there are none.
 *
 * @param backend The name of the tfjs backend, which has been initialised.
 * @throws {ArgumentError} When the loss grows beyond all bounds.
 * @throws {AbortedError} When the signal fires.
 */
export async function learnHead(
  tf: Tfjs,
  backend: string,
  shape: HeadShape,
  learntFeatures: FeatureTable,
  heldOutFeatures: FeatureTable,
  options: LearnOptions,
): Promise<LearntHead> {
  const { random, batchSize, signal } = options;
  const scaling = measureScaling(learntFeatures, shape.inputs);
  const learnt = scaledTable(learntFeatures, scaling);
  const heldOut = scaledTable(heldOutFeatures, scaling);
  const targets = Array.from(
    { length: shape.classes },
    (_, label) => smoothLabel(label, shape.classes, options.smoothing),
  );
  // Not `using`, which Node 20 and Safari don't know.
  const optimizer = onBackend(
    tf,
    backend,
    () => createOptimizer(tf, options.optimizer, createHead(tf, shape, random)),
  );
  try {
    const takeStep = (rows: Uint32Array, learningRate: number) => {
      const { loss, gradients } = lossAndGradients(
        tf,
        optimizer.parameters,
        (head) => {
          const x = tf.tensor2d(learnt.read(rows), [rows.length, shape.inputs]);
          const dropped = { rate: options.dropout, random };
          const logits = runHead(tf, shape, head, x, dropped);
          const asked = tf.tensor2d(
            Float32Array.from(
              [...rows].flatMap((row) => [...targets[learnt.classes[row]!]!]),
            ),
            [rows.length, shape.classes],
          );
          return softmaxLoss(tf, [{ logits, weight: 1 }], asked);
        },
      );
      const [value] = loss.dataSync();
      loss.dispose();
      optimizer.step(gradients, learningRate);
      disposeAll(gradients);
      if (Number.isFinite(value)) return value!;
      throw new ArgumentError(
        `Cannot learn as the loss is ${value}: choose a learning rate below ${options.learningRate}`,
      );
    };

    const order = Uint32Array.from(learnt.classes, (_, row) => row);
    const epochs: Epoch[] = [];
    let best = { epoch: 0, loss: Infinity, layers: null as Layers | null };
    for (let epoch = 1; epoch <= options.epochs; epoch++) {
      shuffle(order, random);
      const learningRate = learningRateAt(epoch - 1, options.learningRate);
      let loss = 0;
      for (let start = 0, step = 0; start < order.length; step++) {
        if (step % STEPS_AT_ONCE === 0) await yieldToEventLoop(signal);
        const rows = order.subarray(start, start + batchSize);
        loss += rows.length *
          onBackend(tf, backend, () => takeStep(rows, learningRate));
        start += rows.length;
      }
      const { averages } = optimizer;
      const score = heldOut.classes.length === 0 ? null : onBackend(
        tf,
        backend,
        (): HeadScore => {
          const { loss, accuracy } = scoreHead(tf, shape, averages, heldOut);
          return { loss, accuracy };
        },
      );
      epochs.push({ epoch, loss: loss / order.length, heldOut: score });
      options.onEpoch?.(epochs.at(-1)!);
      if (score === null || score.loss < best.loss) {
        const layers = weightsOf(shape, averages);
        best = { epoch, loss: score?.loss ?? Infinity, layers };
      } else if (epoch - best.epoch >= options.patience) break;
    }
    const [first] = headLayers(shape);
    const layers = new Map(best.layers);
    layers.set(first!, foldScaling(layers.get(first!)!, scaling));
    return { layers, epochs, bestEpoch: best.epoch };
  } finally {
    optimizer[Symbol.dispose]();
  }
}

type Layers = ReadonlyMap<string, LayerWeights>;
