import { displaySource } from "../io/address.ts";
import {
  classScores,
  withoutEmptyClasses,
} from "../evaluate/confusion_matrix.ts";
import { backendText } from "../describe_backend.ts";
import { alignRows } from "../text/text_table.ts";
import type { LabelSummary } from "../evaluate/label_summary.ts";
import type { Summary } from "../evaluate/summary.ts";
import { classTable } from "./class_table.ts";
import { type Figure, labelFigures, labelTable } from "./label_report.ts";
import { counted, percent, percentOrDash } from "../text/numbers.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Terminal } from "./terminal.ts";

/** Prints one evaluation, for people. */
export function printEvaluation(io: Terminal, evaluation: Evaluation): void {
  const { request, summary, sizes, backends } = evaluation;
  for (const [i, model] of request.models.entries()) {
    io.print(
      `${io.paint("bold", displaySource(model))} on ${
        backendText(backends[i]!)
      }, ${sizes[i]} x ${sizes[i]}`,
    );
  }
  const crops = counted(request.crops, "crop");
  const images = counted(summary.images, "image");
  io.print(
    isOfLabels(summary)
      ? `${images}, ${crops}, answers of ${
        percent(summary.threshold)
      } and above`
      : `${images} of ${
        counted(classesOf(summary), "class", "classes")
      }, ${crops}`,
    "",
  );
  const line = (name: string, value: string) =>
    io.print(`${name.padEnd(17)}  ${value}`);
  for (const [name, value, isPartOfImages] of figuresOf(summary)) {
    const count = value !== null && isPartOfImages
      ? `, ${Math.round(value * summary.images)} of ${summary.images}`
      : "";
    line(name, percentOrDash(value) + count);
  }
  const { imagesPerSecond, inference } = evaluation;
  const median = `${inference.toFixed(1)} ms in the network (median)`;
  const rate = imagesPerSecond === null
    ? ""
    : `${imagesPerSecond.toFixed(1)} images a second, `;
  line("speed", rate + median);
  const table = tableOf(summary);
  if (table === null) return;
  const [head, ...lines] = table.split("\n");
  io.print("", io.paint("dim", head!), ...lines);
}

/** One row per class, unless there is only one label. */
function tableOf(summary: Summary | LabelSummary): string | null {
  if (!isOfLabels(summary)) return classTable(summary.confusion);
  return summary.labels.length === 1 ? null : labelTable(summary);
}

function figuresOf(summary: Summary | LabelSummary): readonly Figure[] {
  const error: Figure = ["calibration error", summary.calibration.error];
  if (isOfLabels(summary)) return [...labelFigures(summary), error];
  const { top1, top5 } = summary;
  const fifth: Figure[] = top5 === null ? [] : [["top-5", top5, true]];
  return [["top-1", top1, true], ...fifth, error];
}

function isOfLabels(summary: Summary | LabelSummary): summary is LabelSummary {
  return "threshold" in summary;
}

function classesOf({ confusion }: Summary): number {
  return classScores(confusion).filter(({ images }) => images > 0).length;
}

/** Prints evaluations of several variants, one per line, for people. */
export function printVariants(
  io: Terminal,
  evaluations: readonly Evaluation[],
): void {
  const rows = evaluations.map(({ request, summary, ...it }) => [
    `${request.options.variant}`,
    it.sizes.map((size) => `${size} x ${size}`).join(", "),
    ...figuresOf(summary).map(([_, value]) => percentOrDash(value)),
    `${(it.multiplyAdds / 1e9).toFixed(2)} G`,
    `${(it.memory / 2 ** 20).toFixed(1)} MiB`,
    it.inference.toFixed(1),
  ]);
  const heads = [
    "variant",
    "input",
    ...figuresOf(evaluations[0]!.summary).map(([name]) => name),
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

/** One evaluation as JSON. */
export function evaluationJson(evaluation: Evaluation): unknown {
  const { request, summary, ...measured } = evaluation;
  const report = {
    folder: request.folder,
    models: request.models.map(displaySource),
    crops: request.crops,
    ...measured,
  };
  if (isOfLabels(summary)) return { ...report, ...summary };
  const { confusion, ...accuracy } = summary;
  const { labels, counts } = withoutEmptyClasses(confusion);
  return {
    ...report,
    ...accuracy,
    classes: classScores({ labels, counts }),
    confusion: labels.map((_, row) => [
      ...counts.subarray(row * labels.length, (row + 1) * labels.length),
    ]),
  };
}
