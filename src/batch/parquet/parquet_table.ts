import type { parquetWriteBuffer } from "hyparquet-writer";
import { importPackage } from "../../runtime/packages.ts";
import type { Table } from "../table.ts";
import { parquetSchemaOf } from "./parquet_column.ts";

/** Writes a table as a Parquet file. Lists have three levels, as in Spark and DuckDB. */
export async function parquetTable(
  { columns, rows }: Table,
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await importPackage<Writer>(
    "hyparquet-writer",
    "to write Parquet",
    ["hyparquet"],
  );
  const bytes = parquetWriteBuffer({
    schema: parquetSchemaOf(columns),
    columnData: columns.map(({ name }, i) => ({
      name,
      data: rows.map((row) => row[i]),
    })),
    // Statistics say little about a thousand rows.
    statistics: false,
    kvMetadata: Object.entries(metadata)
      .map(([key, value]) => ({ key, value })),
    createdBy: "totem",
  });
  return new Uint8Array(bytes);
}

interface Writer {
  readonly parquetWriteBuffer: typeof parquetWriteBuffer;
}
