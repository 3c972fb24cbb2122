import { ArgumentError } from "../errors.ts";
import {
  GAP,
  LINE,
  MARGIN,
  rounded,
  svg,
  text,
  textWidth,
  TITLE_HEIGHT,
} from "./svg.ts";

/** Bars under a title. */
export interface BarGroup {
  /** The text above the bars. */
  readonly title: string;
  /** The bars, from the top. */
  readonly bars: readonly {
    /** The text before the bar. */
    readonly label: string;
    /** The length, at least 0, on one scale for all groups. */
    readonly value: number;
    /** The text after the bar. */
    readonly note: string;
  }[];
}

/**
 * Draws horizontal bars in groups.
 *
 * @returns The text of an SVG file.
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
  const right = Math.max(
    left + BAR_LENGTH + GAP + noteWidth,
    MARGIN + textWidth(groups.map((group) => group.title)),
  );
  return svg(title, right, y - GROUP_GAP, parts);
}

/** In pixels. */
const GROUP_GAP = 14;
const BAR_LENGTH = 420;
