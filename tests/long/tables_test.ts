/** Tables and corpora, tested against another implementation of Parquet. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import assert from "node:assert/strict";
import { resultColumns, URL_COLUMN } from "../../src/batch/columns.ts";
import { openCorpus } from "../../src/batch/corpus/open_corpus.ts";
import type { Table } from "../../src/batch/table.ts";
import { writeTable } from "../../src/batch/write_table.ts";
import { typesSql } from "../data/batch/types_sql.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";

/** Enough rows for several row groups. */
const ROWS = 3000;

/** Options of DuckDB for writing a file. */
const WAYS = {
  "Snappy": "COMPRESSION snappy",
  "ZSTD": "COMPRESSION zstd",
  "gzip": "COMPRESSION gzip",
  "Brotli": "COMPRESSION brotli",
  "LZ4": "COMPRESSION lz4_raw",
  "no compression": "COMPRESSION uncompressed",
  "pages of the second version": "PARQUET_VERSION v2",
  "pages of the second version and ZSTD":
    "PARQUET_VERSION v2, COMPRESSION zstd",
  "two row groups": "ROW_GROUP_SIZE 2048",
  "no dictionaries": "DICTIONARY_SIZE_LIMIT 1",
};

/** Calls `run` with a connection and a folder. */
async function withDuckDB(
  run: (db: DuckDBConnection, folder: string) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const instance = await DuckDBInstance.create(":memory:");
  const db = await instance.connect();
  try {
    await db.run("SET TimeZone = 'UTC'");
    await run(db, folder.path);
  } finally {
    db.closeSync();
    instance.closeSync();
  }
}

/** The result of a query, as JSON. */
async function query(db: DuckDBConnection, sql: string) {
  return (await db.runAndReadAll(sql)).getRowObjectsJson();
}

/** The types of a query's columns. */
async function typesOf(db: DuckDBConnection, sql: string) {
  const rows = await query(db, `DESCRIBE ${sql}`);
  return Object.fromEntries(
    rows.map(({ column_name, column_type }) => [column_name, column_type]),
  );
}

/** Asserts that two queries have the same rows, also with NaN and nulls. */
async function assertSame(db: DuckDBConnection, a: string, b: string) {
  for (const [left, right] of [[a, b], [b, a]]) {
    const sql = `(${left}) EXCEPT ALL (${right}) LIMIT 3`;
    assert.deepEqual(await query(db, sql), []);
  }
}

/** The whole corpus as a table in the format of lists. */
async function tableOf(path: string): Promise<Table> {
  const corpus = await openCorpus(path);
  const rows: unknown[][] = [];
  for await (const { url, values } of corpus.rows()) {
    rows.push([url, ...values]);
  }
  return { columns: [URL_COLUMN, ...corpus.columns], rows };
}

const KEPT = "* EXCLUDE (struct, map, nested)";

for (const [name, way] of Object.entries(WAYS)) {
  Deno.test(`a corpus by DuckDB with ${name} comes through our Parquet unchanged`, async () => {
    await withDuckDB(async (db, folder) => {
      const [theirs, ours] = [`${folder}/a.parquet`, `${folder}/b.parquet`];
      await db.run(
        `COPY (${typesSql(ROWS)}) TO '${theirs}' (FORMAT parquet, ${way})`,
      );
      const table = await tableOf(theirs);
      assert.equal(table.rows.length, ROWS);
      await Deno.writeFile(ours, await writeTable("parquet", table, {}));
      const a = `SELECT ${KEPT} FROM '${theirs}'`;
      const b = `SELECT * FROM '${ours}'`;
      await assertSame(db, a, b);
      assert.deepEqual(await typesOf(db, b), await typesOf(db, a));
    });
  });
}

Deno.test("DuckDB reads a corpus's values from our JSON lines as those that it wrote", async () => {
  await withDuckDB(async (db, folder) => {
    const [theirs, ours] = [`${folder}/a.parquet`, `${folder}/b.jsonl`];
    await db.run(`COPY (${typesSql(ROWS)}) TO '${theirs}' (FORMAT parquet)`);
    await Deno.writeFile(
      ours,
      await writeTable("jsonl", await tableOf(theirs), {}),
    );
    const a = `SELECT ${KEPT} REPLACE (base64(blob) AS blob) FROM '${theirs}'`;
    const columns = Object.entries(await typesOf(db, a))
      .map(([name, type]) => `"${name}": '${type}'`);
    const b = `SELECT * FROM read_json('${ours}', columns = {${columns}})`;
    await assertSame(db, a, b);
  });
});

const RESULTS: Table = {
  columns: resultColumns({
    task: "classify",
    images: { columns: [{ name: "n", type: "INT64" }] } as never,
  }),
  rows: [
    [
      ...["ä 1.jpg", 2n ** 60n, "Katze 🐈", 281, 0.1 + 0.2],
      ...[["Katze 🐈", "dog"], [281, 7], [0.1 + 0.2, 1e-9], null, null],
    ],
    ["b", null, null, 5, 1, [null], [], [1], null, null],
    ["c", -1n, ...Array(6).fill(null), "absent", "There is no such file"],
  ],
};
const TYPES = {
  url: "VARCHAR",
  n: "BIGINT",
  label: "VARCHAR",
  index: "INTEGER",
  probability: "DOUBLE",
  top_labels: "VARCHAR[]",
  top_indices: "INTEGER[]",
  top_probabilities: "DOUBLE[]",
  error: "VARCHAR",
  message: "VARCHAR",
};

for (const format of ["parquet", "jsonl"] as const) {
  Deno.test(`DuckDB reads results in ${format}: types, values, lists and nulls`, async () => {
    await withDuckDB(async (db, folder) => {
      const path = `${folder}/a.${format}`;
      await Deno.writeFile(path, await writeTable(format, RESULTS, {}));
      const sql = `SELECT * FROM '${path}'`;
      const expected = RESULTS.rows.map((row) =>
        Object.fromEntries(RESULTS.columns.map(({ name }, i) => {
          const value = row[i];
          // DuckDB's JSON has BIGINTs as text.
          return [name, typeof value === "bigint" ? `${value}` : value];
        }))
      );
      if (format === "parquet") {
        assert.deepEqual(await query(db, sql), expected);
        assert.deepEqual(await typesOf(db, sql), TYPES);
        return;
      }
      // JSON doesn't distinguish integer types.
      const [types, integers] = [await typesOf(db, sql), {
        index: "BIGINT",
        top_indices: "BIGINT[]",
      }];
      assert.deepEqual(types, { ...TYPES, ...integers, n: "JSON" });
      const cast = Object.entries(TYPES).map(([name, type]) =>
        `"${name}"::${type} AS "${name}"`
      );
      assert.deepEqual(
        await query(db, `SELECT ${cast} FROM '${path}'`),
        expected,
      );
    });
  });
}

Deno.test("DuckDB finds the metadata and the three levels of a list in our Parquet", async () => {
  await withDuckDB(async (db, folder) => {
    const path = `${folder}/a.parquet`;
    const bytes = await writeTable("parquet", RESULTS, { plan: "0123" });
    await Deno.writeFile(path, bytes);
    assert.deepEqual(
      await query(
        db,
        `SELECT decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata('${path}')`,
      ),
      [{ key: "plan", value: "0123" }],
    );
    const schema = await query(
      db,
      `SELECT name, repetition_type AS of, converted_type AS type FROM parquet_schema('${path}') LIMIT 3 OFFSET 6`,
    );
    assert.deepEqual(schema, [
      { name: "top_labels", of: "OPTIONAL", type: "LIST" },
      { name: "list", of: "REPEATED", type: null },
      { name: "element", of: "OPTIONAL", type: "UTF8" },
    ]);
  });
});
