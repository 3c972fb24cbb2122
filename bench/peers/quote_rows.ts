/** The columns by which a row is known. */
const KEYS = ["runtime", "what runs", "on"] as const;

/** A row's cells by the names of their columns. */
type Row = ReadonlyMap<string, string>;

/**
 * Updates the rows that a text quotes from a table of measurements. A table of the text
 * quotes if its header begins with `runtime`, `what runs` and `on`. Its other columns are
 * any of those of `measured`, in any order.
 *
 * @param text Markdown with tables that quote.
 * @param measured Markdown with the table that is quoted.
 * @throws {Error} When a table that quotes has a column that `measured` lacks.
 */
export function quoteRows(text: string, measured: string): string {
  const rows = new Map<string, Row>();
  mapRows(measured, (row, line) => {
    rows.set(keyOf(row), row);
    return line;
  });
  return mapRows(text, (row, line) => {
    const quoted = rows.get(keyOf(row));
    if (quoted === undefined) return line;
    const cells = Array.from(row.keys(), (column) => {
      const cell = quoted.get(column);
      if (cell !== undefined) return cell;
      throw new Error(`Cannot quote the column "${column}": it isn't measured`);
    });
    return `| ${cells.join(" | ")} |`;
  });
}

/** A text in which each row of its tables of measurements is what `change` returns. */
export function mapRows(
  text: string,
  change: (row: Row, line: string) => string,
): string {
  let header: readonly string[] | null = null;
  return text.split("\n").map((line) => {
    if (!line.startsWith("|")) {
      header = null;
      return line;
    }
    const cells = cellsOf(line);
    if (header === null) {
      header = cells;
      return line;
    }
    const isMeasured = KEYS.every((name, i) => header?.[i] === name);
    if (!isMeasured || /^:?-+:?$/.test(cells[0] ?? "")) return line;
    return change(
      new Map(header.map((name, i) => [name, cells[i] ?? ""])),
      line,
    );
  }).join("\n");
}

function cellsOf(line: string): readonly string[] {
  return line.split("|").slice(1, -1).map((it) => it.trim());
}

function keyOf(row: Row): string {
  return KEYS.map((name) => row.get(name)).join("|");
}
