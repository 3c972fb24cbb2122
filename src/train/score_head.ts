import type { Tensor2D } from "../backends/tfjs/types.ts";
import type { Tfjs } from "../backends/tfjs/execute.ts";
import type { Answer } from "../evaluate/confusion_matrix.ts";
import type { FeatureTable } from "./features.ts";
import { type HeadShape, runHead } from "./head.ts";
import { softmaxCrossEntropy } from "./label_smoothing.ts";
import type { Tensors } from "./parameters.ts";

/** What a head does on rows that it didn't learn from. */
export interface HeadScore {
  /** The mean cross-entropy to the labels, in nats, without smoothing. */
  readonly loss: number;
  /** The part that is answered right, 0..1. */
  readonly accuracy: number;
}

/** So many rows are answered at once. */
const BATCH = 256;

/** What a head answers on the rows of a table, which has some. */
export function scoreHead(
  tf: Tfjs,
  shape: HeadShape,
  head: Tensors,
  table: FeatureTable,
): HeadScore & { readonly answers: readonly Answer[] } {
  const { classes } = table;
  const answers: Answer[] = [];
  let loss = 0;
  for (let start = 0; start < classes.length; start += BATCH) {
    const count = Math.min(BATCH, classes.length - start);
    const rows = Array.from({ length: count }, (_, i) => start + i);
    const logits = tf.tidy(() => {
      const x = tf.tensor2d(table.read(rows), [count, shape.inputs]);
      return runHead(tf, shape, head, x as Tensor2D).dataSync();
    });
    for (const [i, row] of rows.entries()) {
      const actual = classes[row]!;
      const own = logits.subarray(i * shape.classes, (i + 1) * shape.classes);
      const label = new Float64Array(shape.classes);
      label[actual] = 1;
      loss += softmaxCrossEntropy(own, label).loss;
      answers.push({ actual, predicted: own.indexOf(Math.max(...own)) });
    }
  }
  const right = answers.filter((it) => it.actual === it.predicted).length;
  return {
    loss: loss / classes.length,
    accuracy: right / classes.length,
    answers,
  };
}
