import { assertArgument } from "../argument.ts";
import {
  escaped,
  GAP,
  LINE,
  MARGIN,
  rounded,
  svg,
  text,
  textWidth,
  TITLE_HEIGHT,
  upwards,
} from "../charts/svg.ts";
import { ArgumentError } from "../errors.ts";
import { assertMatrix, type ConfusionMatrix } from "./confusion_matrix.ts";

/**
 * Draws a confusion matrix with a row per true class and a column per answer. Cells are
 * shaded by their share of the row's images. Correct answers are blue, mistakes orange.
 *
 * @returns The text of an SVG file.
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
  return svg(title, left + side, top + side, parts);
}

/** In pixels: enough for a line of text. */
const MIN_CELL = 15;
