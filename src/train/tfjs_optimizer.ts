/**
 * The optimizer on tfjs tensors, for whole networks. All training state stays on the
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
import type { Tensors } from "./parameters.ts";

/** Updates parameters to reduce a loss. */
export interface TensorOptimizer extends Disposable {
  /** Valid until the next step. */
  readonly parameters: Tensors;
  /** The moving average of the parameters, which is the final result. */
  readonly averages: Tensors;
  /** Updates the parameters once. */
  step(gradients: Tensors, learningRate: number): void;
}

/** A parameter with its average and the optimizer's state. */
interface State {
  readonly value: Tensor;
  readonly average: Tensor;
  readonly square: Tensor;
  readonly momentum?: Tensor;
}

/** @param initial Disposed by the optimizer. */
export function createTensorOptimizer(
  tf: Tfjs,
  rule: OptimizerRule,
  initial: Tensors,
): TensorOptimizer {
  const states = new Map(
    Array.from(initial, ([name, value]): [string, State] => [name, {
      value,
      average: tf.clone(value),
      // TensorFlow initializes RMSProp with ones, so that the first steps are small.
      ...(rule === "rmsprop"
        ? { square: tf.onesLike(value) }
        : { square: tf.zerosLike(value), momentum: tf.zerosLike(value) }),
    }]),
  );
  let steps = 0;
  /** Interpolates between `from` and `to`, with weights `decay` and `1 - decay`. */
  const blend = (from: Tensor, to: Tensor, decay: number) =>
    tf.add(tf.mul(from, decay), tf.mul(to, 1 - decay));
  const rmsprop = (
    { value, square }: State,
    gradient: Tensor,
    rate: number,
  ) => {
    const next = blend(square, tf.square(gradient), RMSPROP.decay);
    const root = tf.sqrt(tf.add(next, RMSPROP.epsilon));
    const change = tf.mul(tf.div(gradient, root), rate);
    return { value: tf.sub(value, change), square: next };
  };
  const adam = (
    { value, square, momentum }: State,
    gradient: Tensor,
    learningRate: number,
  ) => {
    const { beta1, beta2, epsilon } = ADAM;
    const nextMomentum = blend(momentum!, gradient, beta1);
    const nextSquare = blend(square, tf.square(gradient), beta2);
    const rate = learningRate / (1 - beta1 ** steps);
    const root = tf.sqrt(tf.mul(nextSquare, 1 / (1 - beta2 ** steps)));
    const change = tf.mul(tf.div(nextMomentum, tf.add(root, epsilon)), rate);
    return {
      value: tf.sub(value, change),
      square: nextSquare,
      momentum: nextMomentum,
    };
  };
  const move = rule === "rmsprop" ? rmsprop : adam;
  const all = (kind: "value" | "average"): Tensors =>
    new Map(Array.from(states, ([name, state]) => [name, state[kind]]));
  return {
    get parameters() {
      return all("value");
    },
    get averages() {
      return all("average");
    },
    step(gradients, learningRate) {
      steps++;
      const clip = clipFactor(tf, gradients);
      for (const [name, state] of states) {
        const next = tf.tidy(() => {
          const gradient = tf.mul(gradients.get(name)!, clip);
          const moved = move(state, gradient, learningRate);
          const decay = averageDecay(steps);
          return {
            ...moved,
            average: blend(state.average, moved.value, decay),
          };
        });
        tf.dispose(Object.values(state));
        states.set(name, next);
      }
      clip.dispose();
    },
    [Symbol.dispose]() {
      for (const state of states.values()) tf.dispose(Object.values(state));
    },
  };
}

/** The factor that clips the gradients, as one vector, to {@linkcode CLIP_NORM}. */
function clipFactor(tf: Tfjs, gradients: Tensors): Tensor {
  return tf.tidy(() => {
    const squares = [...gradients.values()].map((it) => tf.sum(tf.square(it)));
    const norm = tf.sqrt(squares.reduce((a, b) => tf.add(a, b)));
    return tf.div(CLIP_NORM, tf.maximum(norm, CLIP_NORM));
  });
}
