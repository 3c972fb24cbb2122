/** The columns that identify a row. */
const KEYS = ["runtime", "what runs", "on"] as const;

/** A row's cells by column name. */
type Row = ReadonlyMap<string, string>;

/**
 * Updates the rows that a text quotes from a table of measurements. A table in the text
 * is a quote if its header begins with `runtime`, `what runs` and `on`. Its other
 * columns are any of those in `measured`, in any order.
 *
 * @param text Markdown with quoting tables.
 * @param measured Markdown with the table of measurements.
 * @throws {Error} If a quoting table has a column that `measured` lacks.
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

/** Replaces each row in the text's tables of measurements by the result of `change`. */
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
