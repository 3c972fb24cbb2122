/**
 * Rows as a Markdown table. In each column, the best value is bold among those with the
 * same runtime and the same hardware: one thread, two, or WebGPU.
 *
 * @module
 */
import { describePlace } from "./contestants/contestant.ts";
import type { Row } from "./rows.ts";

/** A numeric column. The smallest value is the best, or with `most` the largest. */
interface Column {
  readonly title: string;
  readonly most?: true;
  /** Undefined if it doesn't apply; NaN if it couldn't be measured. */
  value(row: Row): number | undefined;
  show(value: number): string;
}

const whole = (value: number) => value.toFixed(0);
const tenths = (value: number) => value.toFixed(1);
const small = (value: number) => `${Number(value.toPrecision(2))}`;

const COLUMNS: readonly Column[] = [
  { title: "min, ms", value: (row) => row.least, show: tenths },
  { title: "median, ms", value: (row) => row.median, show: tenths },
  {
    title: "speedup",
    value: ({ speedup }) => speedup,
    show: tenths,
    most: true,
  },
  { title: "load, ms", value: (row) => row.load, show: whole },
  { title: "first, ms", value: (row) => row.first, show: whole },
  {
    title: "memory, MiB",
    value: (row) => row.peakBytes / 2 ** 20,
    show: whole,
  },
  {
    title: "download, MB",
    value: ({ downloadBytes: bytes }) => bytes && bytes / 1e6,
    show: tenths,
  },
  {
    title: "probabilities",
    value: (row) => row.distance.probability,
    show: small,
  },
  { title: "features", value: (row) => row.distance.features, show: small },
];

/** The table, with a final newline. */
export function writeTable(rows: readonly Row[]): string {
  const names = ["runtime", "what runs", "on"];
  const lines = [
    [...names, ...COLUMNS.map(({ title }) => title)],
    [...names.map(() => "---"), ...COLUMNS.map(() => "---:")],
    ...rows.map((row) => [
      row.runtime,
      `${row.contestant.library} ${row.contestant.precision}`,
      describePlace(row.contestant),
      ...COLUMNS.map((column) => cell(column, row, rows)),
    ]),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function cell(column: Column, row: Row, rows: readonly Row[]): string {
  const value = column.value(row);
  if (value === undefined || Number.isNaN(value)) return "";
  const shown = column.show(value);
  const best = rows.every((other) =>
    other.runtime !== row.runtime ||
    other.contestant.on !== row.contestant.on ||
    !isBetter(column, column.value(other)!, value) ||
    // Values that round to the same text tie.
    column.show(column.value(other)!) === shown
  );
  return best ? `**${shown}**` : shown;
}

/** Whether `a` is better than `b`; false if `a` is missing. */
function isBetter({ most }: Column, a: number, b: number): boolean {
  return most ? a > b : a < b;
}
