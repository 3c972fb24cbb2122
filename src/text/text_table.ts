import { printable } from "./printable.ts";

/** The alignment of a column. */
export type Alignment = "left" | "right";

/** Rows of cells as lines of text with aligned columns, made {@linkcode printable}. */
export function alignRows(
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[],
): string[] {
  const shown = rows.map((row) => row.map(printable));
  const widths = alignments.map((_, column) =>
    Math.max(...shown.map((row) => row[column]!.length))
  );
  return shown.map((row) =>
    row.map((cell, column) =>
      alignments[column] === "left"
        ? cell.padEnd(widths[column]!)
        : cell.padStart(widths[column]!)
    ).join("  ").trimEnd()
  );
}
