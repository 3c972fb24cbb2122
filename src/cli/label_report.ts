/**
 * The evaluation of a model with a sigmoid, for people.
 *
 * @module
 */
import type { LabelSummary } from "../evaluate/label_summary.ts";
import { alignRows } from "../text/text_table.ts";
import { percentOrDash } from "../text/numbers.ts";

/** A named figure: a fraction in 0..1, possibly of the images, or `null`. */
export type Figure = readonly [
  name: string,
  value: number | null,
  isPartOfImages?: boolean,
];

/** The figures for all labels, or for the only one. */
export function labelFigures(
  { labels, ...all }: LabelSummary,
): readonly Figure[] {
  const [only, ...others] = labels;
  return others.length === 0
    ? [
      ["accuracy", all.exactMatch, true],
      ["precision", only!.precision],
      ["recall", only!.recall],
      ["F1", only!.f1],
      ["average precision", only!.averagePrecision],
      ["ROC AUC", only!.rocAuc],
    ]
    : [
      ["mAP", all.meanAveragePrecision],
      ["macro F1", all.macroF1],
      ["micro F1", all.micro.f1],
      ["micro precision", all.micro.precision],
      ["micro recall", all.micro.recall],
      ["exact match", all.exactMatch, true],
    ];
}

/**
 * A plain-text table: a heading, and one row per label that occurs in the images or the
 * predictions.
 */
export function labelTable({ labels }: LabelSummary): string {
  const heads = [
    "label",
    "images",
    "answered",
    "right",
    "precision",
    "recall",
    "F1",
    "average precision",
  ];
  const shown = labels.filter((it) => it.images + it.answered > 0);
  const rows = shown.map((it) => [
    it.label,
    `${it.images}`,
    `${it.answered}`,
    `${it.correct}`,
    percentOrDash(it.precision),
    percentOrDash(it.recall),
    percentOrDash(it.f1),
    percentOrDash(it.averagePrecision),
  ]);
  return alignRows(
    [heads, ...rows],
    heads.map((_, column) => column === 0 ? "left" : "right"),
  ).join("\n");
}
