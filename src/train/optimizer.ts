/**
 * The optimizer of the paper (arXiv 1512.00567, section 8): RMSProp, gradient clipping,
 * learning rate decay, and a moving average of the weights. Also supports Adam.
 *
 * @module
 */

/** The update rule. */
export type OptimizerRule = "rmsprop" | "adam";

/** RMSProp's decay of the mean square, and the epsilon added to it, as in the paper. */
export const RMSPROP = { decay: 0.9, epsilon: 1 } as const;
/** Adam's defaults (arXiv 1412.6980). */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
/** The paper clips the norm of all gradients, as one vector, to this value. */
export const CLIP_NORM = 2;
/** slim's decay of the moving average (`inception_train.py`), after many steps. */
const AVERAGE_DECAY = 0.9999;

/** The learning rate of an epoch. As in the paper, it decays by 0.94 every two epochs. */
export function learningRateAt(epoch: number, initial: number): number {
  return initial * 0.94 ** Math.floor(epoch / 2);
}

/**
 * The decay of the moving average at a step, counted from 1. It starts lower, as the
 * first steps would otherwise dominate for thousands of steps: see TensorFlow's
 * `ExponentialMovingAverage(num_updates)`.
 */
export function averageDecay(step: number): number {
  return Math.min(AVERAGE_DECAY, (1 + step) / (10 + step));
}

/** Updates parameters in place to reduce a loss. */
export interface Optimizer {
  /** The moving average of the parameters, which is the final result. */
  readonly averages: Float32Array<ArrayBuffer>;
  /** Updates the parameters once. */
  step(gradients: Float32Array, learningRate: number): void;
}

/** @param parameters Overwritten by each step. */
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

/** Updates the parameters with gradients multiplied by `clip`. */
type Move = (
  gradients: Float32Array,
  clip: number,
  learningRate: number,
  step: number,
) => void;

function rmsprop(parameters: Float32Array): Move {
  const { decay, epsilon } = RMSPROP;
  // TensorFlow initializes with ones, so that the first steps are small.
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
