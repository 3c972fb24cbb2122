/**
 * Rows of tables for other programs: CSV and TSV.
 *
 * @module
 */

/** A value of a table. Neither `null` nor `undefined` has any text. */
export type Cell = string | number | boolean | null | undefined;

/**
 * Beginnings that spreadsheets take for a formula, which may run programs and read other
 * cells: as OWASP's list has them, with the wide forms of East Asian text.
 */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/**
 * A row of RFC 4180, with its line break. Text that a spreadsheet would take for a formula
 * has an apostrophe before it. Numbers are exact.
 */
export function csvRow(cells: readonly Cell[]): string {
  const row = cells.map((cell) =>
    quoted(typeof cell === "string" ? inert(cell) : textOf(cell))
  );
  return `${row.join(",")}\r\n`;
}

/**
 * A row with tabs between its cells, and its line break. Text has `\t`, `\n`, `\r` and
 * `\\` for a tab, a line feed, a carriage return and a backslash.
 */
export function tsvRow(cells: readonly Cell[]): string {
  const row = cells.map((cell) =>
    textOf(cell).replace(/[\t\n\r\\]/g, (it) => ESCAPES[it]!)
  );
  return `${row.join("\t")}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  "\\": "\\\\",
};

/** A path that no spreadsheet takes for a formula, and that names the same file. */
export function inertPath(path: string): string {
  return path !== "-" && FORMULA.test(path) ? `./${path}` : path;
}

function inert(text: string): string {
  return text !== "-" && FORMULA.test(text) ? `'${text}` : text;
}

/** A semicolon parts cells, too, where a comma is the decimal point. */
function quoted(text: string): string {
  return /[",;\r\n\t]|^ | $/.test(text)
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}

/** Numbers with all their digits: reading them gives the same number. */
function textOf(cell: Cell): string {
  return cell === null || cell === undefined ? "" : `${cell}`;
}
