/**
 * Charts as SVG files.
 *
 * @module
 */
import { assertArgument } from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import { assertMatrix, type ConfusionMatrix } from "./confusion_matrix.ts";
import {
  escaped,
  FONT_SIZE,
  MARGIN,
  rounded,
  svg,
  text,
  textWidth,
  TITLE_SIZE,
  upwards,
} from "./svg.ts";

/** Bars that are compared with each other. */
export interface BarGroup {
  /** What stands above them. */
  readonly title: string;
  /** From the top. */
  readonly bars: readonly {
    /** What stands before the bar. */
    readonly label: string;
    /** Its length, at least 0; all groups have one scale. */
    readonly value: number;
    /** What stands after the bar. */
    readonly note: string;
  }[];
}

/**
 * Horizontal bars in groups.
 *
 * @returns The SVG file's text.
 * @throws {ArgumentError} When there are no bars, or a value is negative or not
 * finite.
 */
export function barChart(title: string, groups: readonly BarGroup[]): string {
  const bars = groups.flatMap((group) => group.bars);
  const wrong = bars.find(({ value }) => !(value >= 0 && value < Infinity));
  if (wrong !== undefined || bars.length === 0) {
    throw new ArgumentError(
      wrong === undefined
        ? "Cannot draw a chart as there are no bars"
        : `Cannot draw "${wrong.label}" as its value must be finite and >= 0: current value is ${wrong.value}`,
    );
  }
  const longest = Math.max(...bars.map(({ value }) => value)) || 1;
  const labelWidth = textWidth(bars.map(({ label }) => label));
  const noteWidth = textWidth(bars.map(({ note }) => note));
  const left = MARGIN + labelWidth + GAP;
  const parts: string[] = [];
  let y = MARGIN + TITLE_HEIGHT;
  for (const group of groups) {
    parts.push(text(group.title, MARGIN, y + LINE / 2, `class="ink strong"`));
    y += LINE;
    for (const { label, value, note } of group.bars) {
      const width = value / longest * BAR_LENGTH;
      const middle = y + LINE / 2;
      parts.push(
        text(label, left - GAP, middle, `class="ink" text-anchor="end"`),
        `<rect class="right" x="${left}" y="${y + 4}" width="${
          rounded(width)
        }" height="${LINE - 8}"/>`,
        text(note, left + width + GAP, middle, `class="ink"`),
      );
      y += LINE;
    }
    y += GROUP_GAP;
  }
  const width = Math.max(
    left + BAR_LENGTH + GAP + noteWidth,
    MARGIN + textWidth([title]) * TITLE_SIZE / FONT_SIZE,
    MARGIN + textWidth(groups.map((group) => group.title)),
  ) + MARGIN;
  return svg(title, width, y - GROUP_GAP + MARGIN, parts);
}

/**
 * A confusion matrix as squares: a row for each true class, a column for each
 * answer, shaded by the part of the row's images. Right answers are blue,
 * mistakes orange.
 *
 * @returns The SVG file's text.
 * @throws {ArgumentError} When there are no classes.
 */
export function confusionChart(
  title: string,
  matrix: ConfusionMatrix,
): string {
  assertArgument(
    typeof title === "string",
    "draw a matrix as its title must be a text",
    title,
  );
  assertMatrix("draw a matrix", matrix);
  const { labels, counts } = matrix;
  const count = labels.length;
  if (count === 0) {
    throw new ArgumentError("Cannot draw a matrix as there are no classes");
  }
  const cell = Math.round(Math.min(40, Math.max(MIN_CELL, 800 / count)));
  const labelWidth = textWidth(labels);
  const left = MARGIN + LINE + labelWidth + GAP;
  const top = MARGIN + TITLE_HEIGHT + LINE + labelWidth + GAP;
  const side = count * cell;
  const parts = [
    text("answer", left + side / 2, MARGIN + TITLE_HEIGHT, `class="faint"`),
    upwards("true class", MARGIN + LINE / 2, top + side / 2, `class="faint"`),
    `<rect class="frame" x="${left}" y="${top}" width="${side}" height="${side}"/>`,
  ];
  for (const [i, label] of labels.entries()) {
    const middle = (i + 0.5) * cell;
    parts.push(
      text(label, left - GAP, top + middle, `class="ink" text-anchor="end"`),
      upwards(label, left + middle, top - GAP, `class="ink"`),
    );
  }
  for (const [row, label] of labels.entries()) {
    const shown = counts.subarray(row * count, (row + 1) * count);
    const total = shown.reduce((sum, it) => sum + it, 0);
    for (const [column, images] of shown.entries()) {
      if (images === 0) continue;
      const [x, y] = [left + column * cell, top + row * cell];
      const share = images / total;
      const answer = labels[column]!;
      parts.push(
        `<g><title>${
          escaped(`${label} answered with ${answer}: ${images} of ${total}`)
        }</title><rect class="${
          row === column ? "right" : "wrong"
        }" x="${x}" y="${y}" width="${cell}" height="${cell}" fill-opacity="${
          rounded(0.2 + 0.8 * share)
        }"/>`,
        cell < 16 ? "" : text(
          `${images}`,
          x + cell / 2,
          y + cell / 2,
          `class="${share > 0.5 ? "paper" : "ink"}" text-anchor="middle"`,
        ),
        "</g>",
      );
    }
  }
  const width = Math.max(
    left + side,
    MARGIN + textWidth([title]) * TITLE_SIZE / FONT_SIZE,
  ) + MARGIN;
  return svg(title, width, top + side + MARGIN, parts);
}

/** In pixels. */
const TITLE_HEIGHT = 36;
const LINE = 22;
const GAP = 8;
const GROUP_GAP = 14;
const BAR_LENGTH = 420;
/** A label's line fits into it. */
const MIN_CELL = 15;
