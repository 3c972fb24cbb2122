import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Tfjs } from "../backends/tfjs/execute.ts";
import type { Graph } from "../model/mod.ts";
import { runForward } from "./forward.ts";
import { softmaxLoss } from "./layers/loss.ts";
import type { Optimizer } from "./optimizer.ts";
import { disposeAll, lossAndGradients } from "./parameters.ts";

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
 * One step of training, on the active backend.
 *
 * @param graph With the auxiliary classifier, if it learns too.
 * @param batch Which it disposes.
 * @returns The loss of the network's own classifier, before the step.
 */
export function takeStep(
  tf: Tfjs,
  graph: Graph,
  optimizer: Optimizer,
  { images, targets }: Batch,
  learningRate: number,
): number {
  const { logits, auxLogits } = graph.outputs;
  const outputs = auxLogits ? [logits!, auxLogits] : [logits!];
  let own = NaN;
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
      own = softmaxLoss(tf, classifiers, targets).dataSync()[0]!;
      if (auxiliary !== undefined) {
        classifiers.push({ logits: auxiliary, weight: AUXILIARY_WEIGHT });
      }
      return softmaxLoss(tf, classifiers, targets);
    },
  );
  optimizer.step(gradients, learningRate);
  disposeAll(gradients);
  for (const it of [loss, images, targets]) it.dispose();
  if (Number.isFinite(own)) return own;
  throw new RangeError(
    `Cannot train as the loss is ${own}: choose a learning rate below ${learningRate}`,
  );
}
