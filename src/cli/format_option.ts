import { choice, flag } from "./option_kinds.ts";
import { type Option, UsageError } from "./options.ts";
import { type Cell, csvRow, inertPath, tsvRow } from "../text/delimited.ts";
import type { Terminal } from "./terminal.ts";

/** How results may be written. */
const FORMATS = ["text", "json", "csv", "tsv"] as const;

/** One of the formats of most commands. */
export type Format = typeof FORMATS[number];

/** For `parse()`. */
export const FORMAT_OPTIONS = formatOptions(FORMATS);

/** For `parse()`, of a command that has other formats. */
export function formatOptions<const T extends string>(formats: readonly T[]): {
  readonly format: Option<T | undefined>;
  readonly json: Option<boolean>;
} {
  return { format: choice(undefined, formats), json: flag };
}

/**
 * The format that the options name.
 *
 * @throws {UsageError} When they name two.
 */
export function formatOf<T extends string, A extends string>(
  { format, json }: { readonly format: T | undefined; readonly json: boolean },
  absent: A,
): T | A | "json" {
  if (!json) return format ?? absent;
  if (format === undefined || format === "json") return "json";
  throw new UsageError(`Cannot use --json with --format ${format}`);
}

/** A table on standard output, whose rows are written as they come. */
export interface ResultTable<Column extends string> {
  /** Writes a row. Columns that aren't given are empty. */
  add(row: { readonly [Name in Column]?: Cell }): void;
}

/**
 * A table with a heading, which comes with the first row. A column called `file` has paths.
 *
 * @param format `"csv"` as RFC 4180 has it, or `"tsv"`.
 */
export function resultTable<const Column extends string>(
  io: Terminal,
  format: "csv" | "tsv",
  columns: readonly Column[],
): ResultTable<Column> {
  const write = (cells: readonly Cell[]) =>
    io.printRow(format === "csv" ? csvRow(cells) : tsvRow(cells));
  let isBegun = false;
  return {
    add(row) {
      if (!isBegun) write(columns);
      isBegun = true;
      write(columns.map((name) => {
        const cell = row[name];
        const isPath = name === "file" && format === "csv" &&
          typeof cell === "string";
        return isPath ? inertPath(cell) : cell;
      }));
    },
  };
}
