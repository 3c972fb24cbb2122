/**
 * The optimizer on tfjs's tensors, for whole networks: all that they learn stays on the
 * backend.
 *
 * @module
 */
import type { Tensor, Tfjs } from "../backends/tfjs/types.ts";
import {
  ADAM,
  averageDecay,
  CLIP_NORM,
  type OptimizerRule,
  RMSPROP,
} from "./optimizer.ts";
import { disposeAll, mapTensors, type Tensors } from "./parameters.ts";

/** Parameters on their way to a lower loss. */
export interface TensorOptimizer extends Disposable {
  /** As they are after the last step; valid until the next. */
  readonly parameters: Tensors;
  /** Their average over time, which is what is used in the end. */
  readonly averages: Tensors;
  /** One step down the gradients. */
  step(gradients: Tensors, learningRate: number): void;
}

/**
 * @param initial The parameters to begin with, which it disposes.
 */
export function createTensorOptimizer(
  tf: Tfjs,
  rule: OptimizerRule,
  initial: Tensors,
): TensorOptimizer {
  let parameters = initial;
  let averages = mapTensors(tf, initial, (it) => tf.clone(it));
  let squares = mapTensors(
    tf,
    initial,
    // TensorFlow's RMSProp begins with ones: its first steps are careful.
    (it) => rule === "rmsprop" ? tf.onesLike(it) : tf.zerosLike(it),
  );
  let momenta = rule === "adam"
    ? mapTensors(tf, initial, (it) => tf.zerosLike(it))
    : new Map<string, Tensor>();
  let steps = 0;

  /** Moves each of `tensors` to what `change` gives, and frees what it was. */
  const move = (
    tensors: Tensors,
    change: (tensor: Tensor, name: string) => Tensor,
  ) => {
    const moved = mapTensors(tf, tensors, change);
    disposeAll(tensors);
    return moved;
  };
  /** Moves a part of the way, `1 - decay`, to the target. */
  const blend = (from: Tensor, to: Tensor, decay: number) =>
    tf.add(tf.mul(from, decay), tf.mul(to, 1 - decay));

  return {
    get parameters() {
      return parameters;
    },
    get averages() {
      return averages;
    },
    step(gradients, learningRate) {
      steps++;
      const clipped = clipByNorm(tf, gradients, CLIP_NORM);
      const gradientOf = (name: string) => clipped.get(name)!;
      if (rule === "rmsprop") {
        const { decay, epsilon } = RMSPROP;
        squares = move(
          squares,
          (it, name) => blend(it, tf.square(gradientOf(name)), decay),
        );
        parameters = move(parameters, (it, name) => {
          const root = tf.sqrt(tf.add(squares.get(name)!, epsilon));
          return tf.sub(
            it,
            tf.mul(tf.div(gradientOf(name), root), learningRate),
          );
        });
      } else {
        const { beta1, beta2, epsilon } = ADAM;
        momenta = move(
          momenta,
          (it, name) => blend(it, gradientOf(name), beta1),
        );
        squares = move(
          squares,
          (it, name) => blend(it, tf.square(gradientOf(name)), beta2),
        );
        const rate = learningRate / (1 - beta1 ** steps);
        const scale = 1 / (1 - beta2 ** steps);
        parameters = move(parameters, (it, name) => {
          const root = tf.sqrt(tf.mul(squares.get(name)!, scale));
          const direction = tf.div(momenta.get(name)!, tf.add(root, epsilon));
          return tf.sub(it, tf.mul(direction, rate));
        });
      }
      disposeAll(clipped);
      const decay = averageDecay(steps);
      averages = move(
        averages,
        (it, name) => blend(it, parameters.get(name)!, decay),
      );
    },
    [Symbol.dispose]() {
      for (const it of [parameters, averages, squares, momenta]) disposeAll(it);
    },
  };
}

/** Gradients, scaled down so that their common norm is at most `most`. */
function clipByNorm(tf: Tfjs, gradients: Tensors, most: number): Tensors {
  const factor = tf.tidy(() => {
    const squares = [...gradients.values()].map((it) => tf.sum(tf.square(it)));
    const norm = tf.sqrt(squares.reduce((a, b) => tf.add(a, b)));
    return tf.div(most, tf.maximum(norm, most));
  });
  const clipped = mapTensors(tf, gradients, (it) => tf.mul(it, factor));
  factor.dispose();
  return clipped;
}
