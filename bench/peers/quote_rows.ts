import { RUNTIMES } from "./contestants/contestant.ts";

/**
 * A text in which the rows of a table that it quotes are what they are now. A row is
 * known by its first three cells: the runtime, what runs, and on what.
 */
export function quoteRows(text: string, table: string): string {
  const rows = new Map(
    table.split("\n").filter(isRow).map((line) => [keyOf(line), line]),
  );
  return text.split("\n")
    .map((line) => isRow(line) ? rows.get(keyOf(line)) ?? line : line)
    .join("\n");
}

function isRow(line: string): boolean {
  return RUNTIMES.some((runtime) => line.startsWith(`| ${runtime} `));
}

function keyOf(line: string): string {
  return line.split("|").slice(1, 4).map((it) => it.trim()).join("|");
}
