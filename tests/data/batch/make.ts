// deno run -A --config=deno.json tests/data/batch/make.ts
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "npm:@duckdb/node-api@1.5.6-r.1";
import { typesSql } from "./types_sql.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const connection = await (await DuckDBInstance.create(":memory:")).connect();
await connection.run("SET TimeZone = 'UTC'");
const copy = (sql: string, name: string, options: string) =>
  connection.run(
    `COPY (${sql}) TO '${folder}${name}.parquet' (FORMAT parquet${options})`,
  );
const types = typesSql(8);
await copy(types, "types", ", COMPRESSION zstd");
await copy(types, "types_v2", ", PARQUET_VERSION v2");
await copy(
  "SELECT 'a/' || i || '.jpg' AS url FROM range(2100) t(i)",
  "groups",
  ", ROW_GROUP_SIZE 2048, COMPRESSION zstd",
);
const rows = await connection.runAndReadAll(
  `SELECT COLUMNS(* EXCLUDE (list, ints, struct, map, nested))::VARCHAR, list, ints FROM (${types})`,
);
await Deno.writeTextFile(
  `${folder}expected.json`,
  JSON.stringify(rows.getRowObjectsJson(), null, 1) + "\n",
);
