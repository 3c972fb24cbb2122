import { jsonTable } from "./json_table.ts";
import { parquetTable } from "./parquet/parquet_table.ts";
import type { Table, TableFormat } from "./table.ts";

/**
 * The file of a table: the same bytes for the same values, on every machine. All columns
 * but `url` may have nulls.
 *
 * @param metadata What Parquet's key-value metadata says of it; JSON lines have no place
 * for that.
 * @throws {PackageUnavailableError} When Parquet is asked for and its package isn't there.
 */
export async function writeTable(
  format: TableFormat,
  table: Table,
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  return format === "jsonl"
    ? jsonTable(table)
    : await parquetTable(table, metadata);
}
