import { displaySource } from "../io/address.ts";
import {
  classScores,
  withoutEmptyClasses,
} from "../evaluate/confusion_matrix.ts";
import { backendText } from "../describe_backend.ts";
import { alignRows } from "../text/text_table.ts";
import { classTable } from "./class_table.ts";
import { counted, percent } from "../text/numbers.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Terminal } from "./terminal.ts";

/** One evaluation, for people. */
export function printEvaluation(io: Terminal, evaluation: Evaluation): void {
  const { request, summary, sizes, backends } = evaluation;
  const { images, top1, top5, calibration, confusion } = summary;
  for (const [i, model] of request.models.entries()) {
    io.print(
      `${io.paint("bold", displaySource(model))} on ${
        backendText(backends[i]!)
      }, ${sizes[i]} x ${sizes[i]}`,
    );
  }
  const shown = classScores(confusion).filter((it) => it.images > 0).length;
  io.print(
    `${counted(images, "image")} of ${counted(shown, "class", "classes")}, ${
      counted(request.crops, "crop")
    }`,
    "",
  );
  const right = (part: number) =>
    `${percent(part)}, ${Math.round(part * images)} of ${images}`;
  io.print(`top-1              ${right(top1)}`);
  if (top5 !== null) io.print(`top-5              ${right(top5)}`);
  io.print(`calibration error  ${percent(calibration.error)}`);
  const { imagesPerSecond, inference } = evaluation;
  const median = `${inference.toFixed(1)} ms in the network (median)`;
  io.print(
    imagesPerSecond === null
      ? `speed              ${median}`
      : `speed              ${
        imagesPerSecond.toFixed(1)
      } images a second, ${median}`,
  );
  const [head, ...lines] = classTable(confusion).split("\n");
  io.print("", io.paint("dim", head!), ...lines);
}

/** Evaluations of several variants, a line each, for people. */
export function printVariants(
  io: Terminal,
  evaluations: readonly Evaluation[],
): void {
  const hasTop5 = evaluations.some(({ summary }) => summary.top5 !== null);
  const rows = evaluations.map(({ request, summary, ...it }) => [
    `${request.options.variant}`,
    it.sizes.map((size) => `${size} x ${size}`).join(", "),
    percent(summary.top1),
    ...hasTop5 ? [summary.top5 === null ? "" : percent(summary.top5)] : [],
    percent(summary.calibration.error),
    `${(it.multiplyAdds / 1e9).toFixed(2)} G`,
    `${(it.memory / 2 ** 20).toFixed(1)} MiB`,
    it.inference.toFixed(1),
  ]);
  const heads = [
    "variant",
    "input",
    "top-1",
    ...hasTop5 ? ["top-5"] : [],
    "calibration error",
    "multiply-adds",
    "memory",
    "ms an image",
  ];
  const [head, ...lines] = alignRows(
    [heads, ...rows],
    heads.map((_, column) => column < 2 ? "left" : "right"),
  );
  io.print(io.paint("dim", head!), ...lines);
  const { request, summary, backends } = evaluations[0]!;
  io.print(
    "",
    `${counted(summary.images, "image")}, ${counted(request.crops, "crop")}, ${
      request.models.map((model, i) =>
        `${displaySource(model)} on ${backendText(backends[i]!)}`
      )
        .join(", ")
    }`,
  );
}

/** One evaluation, for machines. */
export function evaluationJson(evaluation: Evaluation): unknown {
  const { request, summary, ...measured } = evaluation;
  const { confusion, calibration, ...accuracy } = summary;
  const { labels, counts } = withoutEmptyClasses(confusion);
  return {
    folder: request.folder,
    models: request.models.map(displaySource),
    crops: request.crops,
    ...measured,
    ...accuracy,
    calibration,
    classes: classScores({ labels, counts }),
    confusion: labels.map((_, row) => [
      ...counts.subarray(row * labels.length, (row + 1) * labels.length),
    ]),
  };
}
