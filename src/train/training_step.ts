import { ArgumentError } from "../errors.ts";
import type {
  Scalar,
  Tensor2D,
  Tensor4D,
  Tfjs,
} from "../backends/tfjs/types.ts";
import type { Graph } from "../model/mod.ts";
import { runForward } from "./forward.ts";
import { softmaxLoss } from "./layers/loss.ts";
import { disposeAll, lossAndGradients } from "./parameters.ts";
import type { TensorOptimizer } from "./tfjs_optimizer.ts";

/** What the auxiliary classifier's loss counts: slim's and torchvision's 0.4. */
const AUXILIARY_WEIGHT = 0.4;

/** The images of a step, and what is asked of them. */
export interface Batch {
  /** `[images, side, side, 3]`. */
  readonly images: Tensor4D;
  /** `[images, classes]`, smoothed. */
  readonly targets: Tensor2D;
}

/**
 * One step of training, on the active backend; all of it is enqueued when this
 * returns, so that another may be active then.
 *
 * @param graph With the auxiliary classifier, if it learns too.
 * @param batch Which it disposes.
 * @returns The loss of the network's own classifier, before the step.
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
