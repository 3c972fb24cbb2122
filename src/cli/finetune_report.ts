/**
 * What `totem finetune` says of what was learnt.
 *
 * @module
 */
import { confusionChart } from "../evaluate/confusion_chart.ts";
import type { Finetuned } from "../train/finetune.ts";
import { classTable } from "./class_table.ts";
import { counted, megabytes, percent } from "../text/numbers.ts";
import type { Terminal } from "./terminal.ts";
import { writeTextWhole } from "./write_file.ts";

/** Draws the confusion matrix of the photos held out, where there are some. */
export async function writeChart(
  terminal: Terminal,
  path: string,
  { heldOut }: Finetuned,
): Promise<void> {
  if (heldOut === null) {
    terminal.tellProblem(path, "no photos were held out to draw it of", {
      word: "left out",
      style: "yellow",
    });
    return;
  }
  const { confusion, accuracy } = heldOut;
  const title = `${percent(accuracy)} of the photos held out are right`;
  await writeTextWhole(path, confusionChart(title, confusion));
}

/** What was learnt and is in the file `out`, for programs. */
export function printFinetunedJson(
  terminal: Terminal,
  out: string,
  byteLength: number,
  { network, views, bestEpoch, epochs, heldOut }: Finetuned,
): void {
  terminal.printJson({
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

/** The same, for people. */
export function printFinetuned(
  terminal: Terminal,
  out: string,
  byteLength: number,
  { network, views, bestEpoch, epochs, heldOut }: Finetuned,
): void {
  terminal.print(`${terminal.paint("bold", out)}: ${megabytes(byteLength)}`);
  terminal.print(
    `${network.labels.length} classes, learnt from ${
      counted(views, "view")
    }; the best of ${counted(epochs.length, "epoch")} was number ${bestEpoch}`,
  );
  if (heldOut === null) {
    return terminal.print("no photos were held out to measure it");
  }
  const { accuracy, loss, confusion } = heldOut;
  terminal.print(
    `of the photos held out ${percent(accuracy)} are right, loss ${
      loss.toFixed(3)
    }`,
    "",
  );
  terminal.print(...classTable(confusion).split("\n"));
}
