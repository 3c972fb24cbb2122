import { confusionChart } from "../evaluate/confusion_chart.ts";
import {
  classScores,
  type ConfusionMatrix,
} from "../evaluate/confusion_matrix.ts";
import type { Finetuned } from "../train/finetune.ts";
import { classTable } from "./class_table.ts";
import { counted, megabytes, percent } from "../text/numbers.ts";
import type { Terminal } from "./terminal.ts";
import { isTooFew, tooFew } from "./too_few.ts";
import { writeTextWhole } from "./write_file.ts";

/** Draws the confusion matrix of the photos held out, if there are any. */
export async function writeChart(
  io: Terminal,
  path: string,
  { heldOut }: Finetuned,
): Promise<void> {
  if (heldOut === null) {
    io.tellProblem(path, "no photos were held out", {
      word: "left out",
      style: "yellow",
    });
    return;
  }
  const { confusion, accuracy } = heldOut;
  const title = `${percent(accuracy)} of the photos held out are right`;
  await writeTextWhole(path, confusionChart(title, confusion));
}

/** Prints the result of training and its file `out`, for programs. */
export function printFinetunedJson(
  io: Terminal,
  out: string,
  byteLength: number,
  { network, views, bestEpoch, epochs, heldOut }: Finetuned,
): void {
  io.printJson({
    out,
    byteLength,
    classes: network.labels,
    views,
    bestEpoch,
    epochs,
    heldOut: heldOut && {
      loss: heldOut.loss,
      accuracy: heldOut.accuracy,
      confusion: Array.from(heldOut.confusion.counts),
    },
  });
}

/** Prints the same for people. */
export function printFinetuned(
  io: Terminal,
  out: string,
  byteLength: number,
  { network, views, bestEpoch, epochs, heldOut }: Finetuned,
): void {
  io.print(`${io.paint("bold", out)}: ${megabytes(byteLength)}`);
  io.print(
    `${network.labels.length} classes, learnt from ${
      counted(views, "view")
    }; the best of ${counted(epochs.length, "epoch")} was number ${bestEpoch}`,
  );
  if (heldOut === null) {
    return io.print(
      "not measured, as no photos were held out: give more photos per class, a larger --validation-split, or --validation FOLDER",
    );
  }
  const { accuracy, loss, confusion } = heldOut;
  io.print(
    `of the photos held out ${percent(accuracy)} are right, loss ${
      loss.toFixed(3)
    }`,
    ...doubtsAbout(confusion),
    "",
  );
  io.print(...classTable(confusion).split("\n"));
}

/** The classes that are named; further ones are counted. */
const MOST_NAMED = 5;

/** Reasons why the figures of the photos held out say little. */
function doubtsAbout(confusion: ConfusionMatrix): readonly string[] {
  const scores = classScores(confusion);
  const images = scores.reduce((sum, it) => sum + it.images, 0);
  const missed = scores.filter((it) => it.images === 0);
  const names = missed.slice(0, MOST_NAMED).map(({ label }) => `"${label}"`);
  const others = missed.length - names.length;
  return [
    ...missed.length === 0 ? [] : [
      `no photo was held out of ${names.join(", ")}${
        others > 0 ? ` and ${others} more` : ""
      }: give more photos, a larger --validation-split, or --validation FOLDER`,
    ],
    ...isTooFew(images) ? [tooFew(images)] : [],
  ];
}
