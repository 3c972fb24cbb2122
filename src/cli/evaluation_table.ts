/**
 * Evaluations as rows, for other programs: one row per figure, and one per failed image.
 *
 * @module
 */
import {
  classScores,
  withoutEmptyClasses,
} from "../evaluate/confusion_matrix.ts";
import type { Evaluation } from "./evaluation.ts";
import { type ResultTable, resultTable } from "./format_option.ts";
import type { Terminal } from "./terminal.ts";

const COLUMNS = [
  "variant",
  "label",
  "figure",
  "value",
  "file",
  "error",
] as const;

/** Begins a table of evaluations. */
export function evaluationTable(
  io: Terminal,
  format: "csv" | "tsv",
): ResultTable<typeof COLUMNS[number]> {
  return resultTable(io, format, COLUMNS);
}

/** Adds the overall figures, then those of each class or label, then the errors. */
export function addEvaluation(
  table: ResultTable<typeof COLUMNS[number]>,
  { request, sizes, summary, errors, ...measured }: Evaluation,
): void {
  const variant = request.options.variant ?? sizes[0];
  const add = (figures: object, label?: string) => {
    for (const [figure, value] of Object.entries(figures)) {
      const isFigure = typeof value === "number" || value === null;
      if (!isFigure || figure === "takenFor") continue;
      table.add({ variant, label, figure, value });
    }
  };
  const { calibration, ...figures } = summary;
  add(figures);
  if ("micro" in summary) {
    const { precision, recall, f1 } = summary.micro;
    add({ microPrecision: precision, microRecall: recall, microF1: f1 });
  }
  add({ calibrationError: calibration.error, ...measured });
  const scores = "labels" in summary
    ? summary.labels
    : classScores(withoutEmptyClasses(summary.confusion));
  for (const { label, ...score } of scores) add(score, label);
  for (const error of errors) table.add({ variant, ...error });
}
