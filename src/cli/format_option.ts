import { choice, flag } from "./option_kinds.ts";
import { type Option, UsageError } from "./options.ts";
import { type Cell, csvRow, inertPath, tsvRow } from "../text/delimited.ts";
import type { Terminal } from "./terminal.ts";

/** The output formats of most commands. */
const FORMATS = ["text", "json", "csv", "tsv"] as const;

/** One of the formats of most commands. */
export type Format = typeof FORMATS[number];

/** Options for `parse()`. */
export const FORMAT_OPTIONS = formatOptions(FORMATS);

/** Options for `parse()`, for a command with other formats. */
export function formatOptions<const T extends string>(formats: readonly T[]): {
  readonly format: Option<T | undefined>;
  readonly json: Option<boolean>;
} {
  return { format: choice(undefined, formats), json: flag };
}

/**
 * The selected format.
 *
 * @throws {UsageError} When the options name two formats.
 */
export function formatOf<T extends string, A extends string>(
  { format, json }: { readonly format: T | undefined; readonly json: boolean },
  absent: A,
): T | A | "json" {
  if (!json) return format ?? absent;
  if (format === undefined || format === "json") return "json";
  throw new UsageError(`Cannot use --json with --format ${format}`);
}

/** A table on standard output. Each row is written at once. */
export interface ResultTable<Column extends string> {
  /** Writes a row. Missing columns are empty. */
  add(row: { readonly [Name in Column]?: Cell }): void;
}

/**
 * Creates a table whose heading is written with the first row. A `file` column has paths.
 *
 * @param format `"csv"` (RFC 4180) or `"tsv"`.
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
