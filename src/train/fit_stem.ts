/**
 * Fits the first layers at a low resolution to what they give at the full one.
 *
 * @module
 */
import { ArgumentError } from "../errors.ts";
import type { Tensor1D, Tensor4D } from "../backends/tfjs/types.ts";
import {
  createWeightTensors,
  execute,
  type Tfjs,
} from "../backends/tfjs/execute.ts";
import type { Pixels } from "../image/mod.ts";
import { gridOf } from "../model/grid.ts";
import {
  type Graph,
  type LayerWeights,
  type Network,
  nodesFor,
} from "../model/mod.ts";
import { runFolded } from "./forward.ts";
import { imageBatch } from "./image_batch.ts";
import { squareLoss } from "./layers/square_loss.ts";
import { onGrid } from "./on_grid.ts";
import { createOptimizer } from "./optimizer.ts";
import { disposeAll, lossAndGradients } from "./parameters.ts";
import type { ViewPair } from "./view_pair.ts";

/** The end of the stem: what the blocks read. */
export const STEM_END = "MaxPool_5a_3x3";

/**
 * A channel that varies less than that part of the mean isn't weighted more for it.
 */
const LEAST_VARIANCE = 0.05;
/** So many views tell how channels vary. */
const WEIGHING_VIEWS = 16;

/** A network's graph at two resolutions. */
export interface TwoGraphs {
  readonly full: Graph;
  readonly low: Graph;
}

/** Layers that have other weights than the network's own. */
export type Layers = ReadonlyMap<string, LayerWeights>;

/** A stem that learns, on the active backend. */
export interface StemFit extends Disposable {
  /** Its weights now, averaged over the steps. */
  layers(): Layers;
  /** Adds a view to learn from: 1 MB of targets at full width. */
  addView(view: ViewPair): void;
  /**
   * One step.
   *
   * @param views The places of views, in the order in which they were added.
   * @returns The part of the targets' variance that it missed, before the step.
   */
  step(views: readonly number[], learningRate: number): number;
}

/** Begins with the network's own weights. */
export function fitStem(
  tf: Tfjs,
  network: Network,
  { full, low }: TwoGraphs,
): StemFit {
  const { preprocessing } = network;
  const weights = createWeightTensors(tf, network, {
    input: full.input,
    nodes: nodesFor(full, STEM_END),
    outputs: { features: STEM_END },
  });
  const names = [...weights.keys()];
  const optimizer = createOptimizer(
    tf,
    "adam",
    new Map(
      names.flatMap((name) => {
        const { kernel, bias } = weights.get(name)!;
        return [
          [`${name}.kernel`, tf.clone(kernel)],
          [`${name}.bias`, tf.clone(bias)],
        ] as const;
      }),
    ),
  );
  const [from, to] = [gridOf(full, STEM_END), gridOf(low, STEM_END)];
  const inputs: Pixels["data"][] = [];
  const targets: Tensor4D[] = [];
  let channelWeights: Tensor1D | undefined;
  return {
    layers() {
      const read = (name: string) =>
        Float32Array.from(optimizer.averages.get(name)!.dataSync());
      return new Map(
        names.map((name) => [name, {
          kernel: read(`${name}.kernel`),
          bias: read(`${name}.bias`),
        }]),
      );
    },
    addView(view) {
      inputs.push(view.low.data);
      targets.push(tf.tidy(() => {
        const { data, width } = view.full;
        const image = imageBatch(tf, [data], width, preprocessing);
        const end = execute(tf, full, weights, image, STEM_END) as Tensor4D;
        return onGrid(tf, end, from, to);
      }));
    },
    step(views, learningRate) {
      channelWeights ??= weightsOf(tf, targets);
      const { loss, gradients } = lossAndGradients(
        tf,
        optimizer.parameters,
        (stem) => {
          const images = imageBatch(
            tf,
            views.map((view) => inputs[view]!),
            low.input[0],
            preprocessing,
          );
          const [end] = runFolded(tf, low, stem, images, [STEM_END]);
          const asked = tf.concat(views.map((view) => targets[view]!), 0);
          return squareLoss(tf, end as Tensor4D, asked, channelWeights!);
        },
      );
      const [value] = loss.dataSync();
      optimizer.step(gradients, learningRate);
      disposeAll(gradients);
      loss.dispose();
      if (Number.isFinite(value)) return value!;
      throw new ArgumentError(
        `Cannot adapt as the loss is ${value}: choose a learning rate below ${learningRate}`,
      );
    },
    [Symbol.dispose]() {
      optimizer[Symbol.dispose]();
      for (const { kernel, bias } of weights.values()) {
        tf.dispose([kernel, bias]);
      }
      for (const it of targets) it.dispose();
      channelWeights?.dispose();
    },
  };
}

/** So that the loss is a part of the variance, and small channels count as well. */
function weightsOf(tf: Tfjs, targets: readonly Tensor4D[]): Tensor1D {
  return tf.tidy(() => {
    const some = targets.slice(0, WEIGHING_VIEWS);
    const { variance } = tf.moments(tf.concat(some, 0), [0, 1, 2]);
    const least = tf.mul(tf.mean(variance), LEAST_VARIANCE);
    return tf.div(1, tf.add(variance, least)) as Tensor1D;
  });
}
