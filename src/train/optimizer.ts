/**
 * The optimizer of the paper (arXiv 1512.00567, section 8): RMSProp, gradient clipping,
 * a learning rate that decays, and an average of the weights over time. Adam besides.
 *
 * @module
 */

/** The rule by which gradients become steps. */
export type OptimizerRule = "rmsprop" | "adam";

/** RMSProp's decay of the mean square, and what is added to it: the paper's. */
export const RMSPROP = { decay: 0.9, epsilon: 1 } as const;
/** Adam's defaults (arXiv 1412.6980). */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
/** The paper clips gradients, all taken as one vector, to this length. */
export const CLIP_NORM = 2;
/** slim's decay of the average (`inception_train.py`), once there are many steps. */
const AVERAGE_DECAY = 0.9999;

/** The learning rate of an epoch: the paper's 0.94 every two epochs, in steps. */
export function learningRateAt(epoch: number, initial: number): number {
  return initial * 0.94 ** Math.floor(epoch / 2);
}

/**
 * The decay of the average at a step, counted from 1. It begins lower, as the first
 * steps would count for thousands: see TensorFlow's
 * `ExponentialMovingAverage(num_updates)`.
 */
export function averageDecay(step: number): number {
  return Math.min(AVERAGE_DECAY, (1 + step) / (10 + step));
}

/** Moves parameters towards a lower loss, in place. */
export interface Optimizer {
  /** The average of the parameters over time, which is used in the end. */
  readonly averages: Float32Array<ArrayBuffer>;
  /** Takes one step down the gradients. */
  step(gradients: Float32Array, learningRate: number): void;
}

/** @param parameters Are overwritten by each step. */
export function createOptimizer(
  rule: OptimizerRule,
  parameters: Float32Array<ArrayBuffer>,
): Optimizer {
  const averages = parameters.slice();
  const move = rule === "rmsprop" ? rmsprop(parameters) : adam(parameters);
  let steps = 0;
  return {
    averages,
    step(gradients, learningRate) {
      steps++;
      let square = 0;
      for (let i = 0; i < gradients.length; i++) square += gradients[i]! ** 2;
      const clip = CLIP_NORM / Math.max(CLIP_NORM, Math.sqrt(square));
      move(gradients, clip, learningRate, steps);
      const decay = averageDecay(steps);
      for (let i = 0; i < averages.length; i++) {
        averages[i] = averages[i]! * decay + parameters[i]! * (1 - decay);
      }
    },
  };
}

/** Moves the parameters by gradients that are multiplied by `clip` before. */
type Move = (
  gradients: Float32Array,
  clip: number,
  learningRate: number,
  step: number,
) => void;

function rmsprop(parameters: Float32Array): Move {
  const { decay, epsilon } = RMSPROP;
  // TensorFlow's begins with ones: its first steps are careful.
  const squares = new Float32Array(parameters.length).fill(1);
  return (gradients, clip, learningRate) => {
    for (let i = 0; i < parameters.length; i++) {
      const gradient = gradients[i]! * clip;
      const square = squares[i]! * decay + gradient ** 2 * (1 - decay);
      squares[i] = square;
      parameters[i]! -= learningRate * gradient / Math.sqrt(square + epsilon);
    }
  };
}

function adam(parameters: Float32Array): Move {
  const { beta1, beta2, epsilon } = ADAM;
  const momenta = new Float32Array(parameters.length);
  const squares = new Float32Array(parameters.length);
  return (gradients, clip, learningRate, step) => {
    const rate = learningRate / (1 - beta1 ** step);
    const scale = 1 / (1 - beta2 ** step);
    for (let i = 0; i < parameters.length; i++) {
      const gradient = gradients[i]! * clip;
      const momentum = momenta[i]! * beta1 + gradient * (1 - beta1);
      const square = squares[i]! * beta2 + gradient ** 2 * (1 - beta2);
      momenta[i] = momentum;
      squares[i] = square;
      parameters[i]! -= rate * momentum / (Math.sqrt(square * scale) + epsilon);
    }
  };
}
