/** Parses CSV by the grammar of RFC 4180. */
export function parseCsv(text: string): string[][] {
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
  const rows: string[][] = [[]];
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const found = cell.exec(text);
    if (found === null) throw new Error(`No cell of CSV at ${at} of ${text}`);
    const [, whole = "", end] = found;
    rows.at(-1)!.push(
      whole.startsWith('"') ? whole.slice(1, -1).replaceAll('""', '"') : whole,
    );
    if (end === "\r\n") rows.push([]);
  }
  if (rows.pop()!.length > 0) throw new Error("The last row isn't ended");
  return rows;
}

/** Parses rows with a header into objects by column name. */
export function parseTable(text: string): Record<string, string>[] {
  const [heading = [], ...rows] = parseCsv(text);
  return rows.map((row) => {
    if (row.length !== heading.length) {
      throw new Error(`A row of ${row.length} cells: ${row}`);
    }
    return Object.fromEntries(heading.map((name, i) => [name, row[i]!]));
  });
}
