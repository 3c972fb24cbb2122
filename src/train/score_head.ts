import type { Answer } from "../evaluate/confusion_matrix.ts";
import { type FeatureTable, readBatches } from "./features.ts";
import { type HeadLayer, headLogits } from "./head.ts";
import { softmaxCrossEntropy } from "./label_smoothing.ts";

/** The score of a head on held-out rows. */
export interface HeadScore {
  /** The mean cross-entropy to the labels, in nats, without smoothing. */
  readonly loss: number;
  /** The fraction of correct answers, 0..1. */
  readonly accuracy: number;
}

/** Scores a head on a nonempty table. */
export function scoreHead(
  layers: readonly HeadLayer[],
  table: FeatureTable,
): { readonly score: HeadScore; readonly answers: readonly Answer[] } {
  const { classes } = table;
  const classCount = layers.at(-1)!.bias.length;
  const answers: Answer[] = [];
  let loss = 0;
  for (const { start, values } of readBatches(table)) {
    const logits = headLogits(layers, values);
    for (let i = 0; i * classCount < logits.length; i++) {
      const actual = classes[start + i]!;
      const own = logits.subarray(i * classCount, (i + 1) * classCount);
      const label = new Float64Array(classCount);
      label[actual] = 1;
      loss += softmaxCrossEntropy(own, label).loss;
      answers.push({ actual, predicted: own.indexOf(Math.max(...own)) });
    }
  }
  const right = answers.filter((it) => it.actual === it.predicted).length;
  const score = {
    loss: loss / classes.length,
    accuracy: right / classes.length,
  };
  return { score, answers };
}
