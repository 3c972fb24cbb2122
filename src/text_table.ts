/** Where a column's cells begin or end. */
export type Alignment = "left" | "right";

/**
 * Rows of cells as lines of plain text whose columns are aligned.
 *
 * @param alignments One a column.
 */
export function alignRows(
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[],
): string[] {
  const widths = alignments.map((_, column) =>
    Math.max(...rows.map((row) => row[column]!.length))
  );
  return rows.map((row) =>
    row.map((cell, column) =>
      alignments[column] === "left"
        ? cell.padEnd(widths[column]!)
        : cell.padStart(widths[column]!)
    ).join("  ").trimEnd()
  );
}
