import { printable } from "./printable.ts";

/** Where a column's cells begin or end. */
export type Alignment = "left" | "right";

/**
 * Rows of cells as lines of plain text whose columns are aligned. Line breaks and
 * other control characters in a cell are replaced.
 *
 * @param alignments One a column.
 */
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
