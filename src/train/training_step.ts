import { ArgumentError } from "../errors.ts";
import type {
  Scalar,
  Tensor2D,
  Tensor4D,
  Tfjs,
} from "../backends/tfjs/types.ts";
import type { Graph } from "../model/mod.ts";
import { runForward } from "./forward.ts";
import { withGradient } from "./layers/with_gradient.ts";
import { disposeAll, lossAndGradients } from "./parameters.ts";
import type { TensorOptimizer } from "./tfjs_optimizer.ts";

/** The weight of the auxiliary classifier's loss, as in slim and torchvision. */
const AUXILIARY_WEIGHT = 0.4;

/** The images of a step, with their labels as distributions. */
interface Batch {
  /** `[images, side, side, 3]`. */
  readonly images: Tensor4D;
  /** `[images, classes]`, smoothed. */
  readonly targets: Tensor2D;
}

/**
 * Runs one training step on the active backend. All of its work has been enqueued when
 * this returns a promise, so another backend may then become active.
 *
 * @param graph Includes the auxiliary classifier if that is trained, too.
 * @param batch Disposed by this function.
 * @returns The loss of the network's own classifier before the step.
 */
export async function takeStep(
  tf: Tfjs,
  graph: Graph,
  optimizer: TensorOptimizer,
  { images, targets }: Batch,
  learningRate: number,
): Promise<number> {
  const { logits, auxLogits } = graph.outputs;
  const outputs = auxLogits ? [logits!, auxLogits] : [logits!];
  let own: Scalar | undefined;
  const { loss, gradients } = lossAndGradients(
    tf,
    optimizer.parameters,
    (parameters) => {
      const [main, auxiliary] = runForward(
        tf,
        graph,
        parameters,
        images,
        outputs,
      ) as [Tensor2D, Tensor2D?];
      const classifiers = [{ logits: main, weight: 1 }];
      own = tf.keep(softmaxLoss(tf, classifiers, targets));
      if (auxiliary !== undefined) {
        classifiers.push({ logits: auxiliary, weight: AUXILIARY_WEIGHT });
      }
      return softmaxLoss(tf, classifiers, targets);
    },
  );
  optimizer.step(gradients, learningRate);
  disposeAll(gradients);
  for (const it of [loss, images, targets]) it.dispose();
  const [value] = await own!.data();
  own!.dispose();
  if (Number.isFinite(value)) return value!;
  throw new ArgumentError(
    `Cannot train as the loss is ${value}: choose a learning rate below ${learningRate}`,
  );
}

/** A classifier's logits, and the weight of its loss. */
interface WeightedLogits {
  /** `[images, classes]`. */
  readonly logits: Tensor2D;
  readonly weight: number;
}

/**
 * The cross-entropy between target distributions and the softmax of logits: the mean over
 * the images, summed over the classifiers with their weights. Its gradient is `p - q'`
 * (arXiv 1512.00567, section 7).
 *
 * @param targets `[images, classes]`, smoothed or not.
 */
export function softmaxLoss(
  tf: Tfjs,
  classifiers: readonly WeightedLogits[],
  targets: Tensor2D,
): Scalar {
  const [images] = targets.shape;
  const factors = classifiers.map(({ weight }) => weight / images);
  const inputs = classifiers.map(({ logits }) => logits);
  return withGradient(tf, inputs, () => {
    const logProbabilities = inputs.map((it) => tf.logSoftmax(it));
    const losses = logProbabilities.map((it, i) =>
      tf.mul(tf.sum(tf.mul(it, targets)), -factors[i]!)
    );
    return {
      value: losses.reduce((a, b) => tf.add(a, b)) as Scalar,
      saved: [targets, ...logProbabilities],
      gradient: (dy, [targets, ...logProbabilities]) =>
        logProbabilities.map((it, i) =>
          tf.mul(tf.sub(tf.exp(it), targets!), tf.mul(dy, factors[i]!))
        ),
    };
  });
}
