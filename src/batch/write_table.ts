import { jsonTable } from "./json_table.ts";
import { parquetTable } from "./parquet/parquet_table.ts";
import type { Table, TableFormat } from "./table.ts";

/**
 * Encodes a table as a file. The same values give the same bytes on every machine. All
 * columns except `url` may have nulls.
 *
 * @param metadata Parquet's key-value metadata. Not supported by JSON Lines.
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
