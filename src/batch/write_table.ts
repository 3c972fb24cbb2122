import { jsonTable } from "./json_table.ts";
import { parquetTable } from "./parquet/parquet_table.ts";
import type { Table, TableFormat } from "./table.ts";

/**
 * Makes the file of a table: the same bytes for the same values on every machine. All
 * columns but `url` may have nulls.
 *
 * @param metadata Parquet's key-value metadata. JSON lines can't have any.
 * @throws {PackageUnavailableError} When the package for Parquet isn't installed.
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
