import { bytesRanges } from "../io/byte_ranges.ts";
import { readJsonTable } from "./json_table.ts";
import { openParquet } from "./parquet/parquet_file.ts";
import { assertColumns } from "./parquet/parquet_column.ts";
import type { Column, Table, TableFormat } from "./table.ts";

/**
 * Reads columns of a table written by {@linkcode writeTable}.
 *
 * @param columns Some or all of `listColumns(plan)` or `resultColumns(plan)`.
 * @param where The table's address for errors: `s3://bucket/run/lists/00017.parquet`.
 * @throws {CorruptRunError} When it isn't such a table, or lacks one of the columns.
 * @throws {PackageUnavailableError} When the package for Parquet isn't installed.
 */
export async function readTable(
  format: TableFormat,
  bytes: Uint8Array,
  columns: readonly Column[],
  where: string,
): Promise<Table> {
  if (format === "jsonl") {
    return { columns, rows: readJsonTable(bytes, columns, where) };
  }
  const file = await openParquet(bytesRanges(bytes), where);
  assertColumns(file.columns, columns, where);
  const rows: unknown[][] = [];
  for await (const row of file.rows(columns.map(({ name }) => name))) {
    rows.push(row);
  }
  return { columns, rows };
}
