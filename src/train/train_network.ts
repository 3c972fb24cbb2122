import { loadTfjs } from "../backends/tfjs/load_tfjs.ts";
import { onBackend } from "../backends/tfjs/session.ts";
import { inceptionV3 } from "../model/mod.ts";
import { createParameters } from "./parameters.ts";
import { yieldToEventLoop } from "../async/yield.ts";
import { batchesOf, imageBatch } from "./image_batch.ts";
import { smoothLabel } from "./label_smoothing.ts";
import { measureMoments } from "./measure_moments.ts";
import { learningRateAt } from "./optimizer.ts";
import { randomNumbers, shuffle } from "./random.ts";
import {
  assertImages,
  type TrainingImage,
  type TrainOptions,
  trainSettings,
} from "./train_options.ts";
import { createTensorOptimizer } from "./tfjs_optimizer.ts";
import { type TrainedNetwork, trainedNetwork } from "./trained_network.ts";
import { takeStep } from "./training_step.ts";

/**
 * Trains an Inception-v3 from scratch, as in the paper (arXiv 1512.00567, sections 4, 7
 * and 8). The result has the moving average of the weights, with batch norm statistics
 * measured for it over the images.
 *
 * The same images, options and seed give the same network on the same backend, and nearly
 * the same on another. All activations of a step are in memory, so this is for narrow
 * networks and few images.
 *
 * @throws {ArgumentError} When an argument isn't valid.
 * @throws {GraphError} When the auxiliary classifier doesn't fit the size.
 * @throws {BackendUnavailableError} When the backend can't run here.
 * @throws {AbortedError} When the signal fires.
 */
export async function trainNetwork(
  images: readonly TrainingImage[],
  options: TrainOptions,
): Promise<TrainedNetwork> {
  const settings = trainSettings(options);
  const { labels, batchSize, labelSmoothing, preprocessing, signal } = settings;
  const architecture = {
    classes: labels.length,
    widthMultiplier: settings.widthMultiplier,
    countIncludePad: true, // As in the files written for trained networks.
  };
  const { variant, auxiliary, backend } = settings;
  const graph = inceptionV3({ ...architecture, variant, auxiliary });
  const [side] = graph.input;
  assertImages(images, side, labels.length);

  const tf = await loadTfjs(backend, settings.tfjs);
  const on = <T>(action: () => T): T => onBackend(tf, backend, action);
  const random = randomNumbers(settings.seed);
  // Not `using`, which Node 20 and Safari don't support.
  const optimizer = on(() =>
    createTensorOptimizer(
      tf,
      settings.optimizer,
      createParameters(tf, graph, random),
    )
  );
  try {
    const batchOf = (rows: readonly number[]) =>
      imageBatch(
        tf,
        rows.map((row) => images[row]!.pixels),
        side,
        preprocessing,
      );
    const targets = labels.map((_, label) => [
      ...smoothLabel(label, labels.length, labelSmoothing),
    ]);

    const order = images.map((_, row) => row);
    for (let epoch = 1; epoch <= settings.epochs; epoch++) {
      const learningRate = learningRateAt(epoch - 1, settings.learningRate);
      let sum = 0;
      for (const rows of batchesOf(shuffle(order, random), batchSize)) {
        await yieldToEventLoop(signal);
        sum += rows.length * await on(() => {
          const asked = rows.map((row) => targets[images[row]!.classIndex]!);
          const batch = { images: batchOf(rows), targets: tf.tensor2d(asked) };
          return takeStep(tf, graph, optimizer, batch, learningRate);
        });
      }
      options.onEpoch?.({ epoch, loss: sum / images.length });
    }

    const moments = await measureMoments(
      tf,
      backend,
      graph,
      optimizer.averages,
      batchesOf(order, batchSize).map((rows) => () => batchOf(rows)),
      signal,
    );
    return await trainedNetwork(
      { architecture, variant, labels, preprocessing },
      optimizer.averages,
      moments,
    );
  } finally {
    optimizer[Symbol.dispose]();
  }
}
