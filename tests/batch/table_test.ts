import assert from "node:assert/strict";
import { parquetMetadata } from "hyparquet";
import {
  CLASS_COLUMNS,
  FAULT_COLUMNS,
  textColumn,
  URL_COLUMN,
} from "../../src/batch/columns.ts";
import { readTable } from "../../src/batch/read_table.ts";
import type { Column, Table, TableFormat } from "../../src/batch/table.ts";
import { writeTable } from "../../src/batch/write_table.ts";

const UTC = { isAdjustedToUTC: true };
const bytes = (...values: number[]) => new Uint8Array(values);
const UUID = bytes(
  ...[0, 17, 34, 51, 68, 85, 102, 119],
  ...[136, 153, 170, 187, 204, 221, 238, 255],
);

/** For each type: a column, values as Parquet stores them, and the same in JSON. */
const TYPES: readonly (readonly [
  Column,
  values: readonly unknown[],
  json?: readonly unknown[],
])[] = [
  [textColumn("text"), ["", "ü🐈\0", "\ufeffa"]],
  [{ name: "1", type: "BOOLEAN" }, [true, false, true]],
  [{ name: "int", type: "INT32" }, [-(2 ** 31), 2 ** 31 - 1, 0]],
  [
    {
      name: "uint",
      type: "INT32",
      converted_type: "UINT_32",
      logical_type: { type: "INTEGER", bitWidth: 32, isSigned: false },
    },
    [2 ** 32 - 1, 2 ** 31, 0],
  ],
  [
    { name: "long", type: "INT64" },
    [-(2n ** 63n), 2n ** 53n - 1n, 2n ** 53n],
    ["-9223372036854775808", 2 ** 53 - 1, "9007199254740992"],
  ],
  [
    { name: "ulong", type: "INT64", converted_type: "UINT_64" },
    [2n ** 64n - 1n, 2n ** 63n, 0n],
    ["18446744073709551615", "9223372036854775808", 0],
  ],
  [
    { name: "float", type: "FLOAT" },
    [0.5, NaN, -Infinity],
    [0.5, "NaN", "-Infinity"],
  ],
  [
    { name: "double", type: "DOUBLE" },
    [0.1, 5e-324, Infinity],
    [0.1, 5e-324, "Infinity"],
  ],
  [
    { name: "date", type: "INT32", converted_type: "DATE" },
    [0, -1, 20786],
    ["1970-01-01", "1969-12-31", "2026-11-29"],
  ],
  [
    {
      name: "time",
      type: "INT32",
      converted_type: "TIME_MILLIS",
      logical_type: { type: "TIME", unit: "MILLIS", ...UTC },
    },
    [0, 86_399_999, 60_010],
    ["00:00:00", "23:59:59.999", "00:01:00.01"],
  ],
  [
    { name: "millis", type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
    [0n, -1n, 1_795_925_232_120n],
    [
      "1970-01-01T00:00:00Z",
      "1969-12-31T23:59:59.999Z",
      "2026-11-29T04:07:12.12Z",
    ],
  ],
  [
    { name: "micros", type: "INT64", converted_type: "TIMESTAMP_MICROS" },
    [1n, 2n ** 63n - 1n, 0n],
    [
      "1970-01-01T00:00:00.000001Z",
      "9223372036854775807",
      "1970-01-01T00:00:00Z",
    ],
  ],
  [
    {
      name: "nanos",
      type: "INT64",
      logical_type: {
        type: "TIMESTAMP",
        unit: "NANOS",
        isAdjustedToUTC: false,
      },
    },
    [-1n, 2n ** 63n - 1n, 0n],
    [
      "1969-12-31T23:59:59.999999999",
      "2262-04-11T23:47:16.854775807",
      "1970-01-01T00:00:00",
    ],
  ],
  ...["INT32", "INT64", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"].map((type) =>
    [
      {
        name: `decimal of ${type}`,
        type,
        converted_type: "DECIMAL",
        logical_type: { type: "DECIMAL", scale: 2, precision: 9 },
        ...(type === "FIXED_LEN_BYTE_ARRAY" && { type_length: 5 }),
        scale: 2,
        precision: 9,
      },
      [-1n, 123456789n, 0n],
      ["-0.01", "1234567.89", "0.00"],
    ] as const
  ),
  [
    {
      name: "uuid",
      type: "FIXED_LEN_BYTE_ARRAY",
      logical_type: { type: "UUID" },
      type_length: 16,
    },
    [UUID, UUID, UUID],
    Array(3).fill("00112233-4455-6677-8899-aabbccddeeff"),
  ],
  [
    {
      name: "half",
      type: "FIXED_LEN_BYTE_ARRAY",
      logical_type: { type: "FLOAT16" },
      type_length: 2,
    },
    [-1.5, 2 ** -24, 65504],
  ],
  [
    { name: "bytes", type: "BYTE_ARRAY" },
    [bytes(), bytes(255, 254), bytes(0)],
    ["", "//4=", "AA=="],
  ],
  [
    { name: "fixed", type: "FIXED_LEN_BYTE_ARRAY", type_length: 3 },
    [bytes(1, 2, 3), bytes(0, 0, 0), bytes(255, 255, 255)],
    ["AQID", "AAAA", "////"],
  ],
];

const FORMATS: readonly TableFormat[] = ["parquet", "jsonl"];

/** The results of three images, one of which has no answer. */
const RESULTS: Table = {
  columns: [
    URL_COLUMN,
    textColumn("caption"),
    ...CLASS_COLUMNS,
    ...FAULT_COLUMNS,
  ],
  rows: [
    [
      "a b/ü.jpg",
      '\ufeffa "cat"\n\u2028🐈',
      "cat",
      281,
      0.1 + 0.2,
      ["cat", "dog"],
      [281, 7],
      [0.1 + 0.2, 2 ** -40],
      null,
      null,
    ],
    ["https://a.example/1", null, "", 0, 1, [], [], [], null, null],
    [
      "x",
      "",
      null,
      null,
      null,
      null,
      null,
      null,
      "corrupt-image",
      "Cannot decode",
    ],
    ["y", "\0", "cat", -1, 0, [null, "a", null], [1], [5e-324], null, null],
  ],
};

for (const format of FORMATS) {
  Deno.test(`a table in ${format} is read as it was written`, async () => {
    const bytes = await writeTable(format, RESULTS, { plan: "abc" });
    const { columns } = RESULTS;
    assert.deepEqual(await readTable(format, bytes, columns, "a"), RESULTS);
    const some = [columns[9]!, columns[0]!];
    assert.deepEqual(await readTable(format, bytes, some, "a"), {
      columns: some,
      rows: RESULTS.rows.map((row) => [row[9], row[0]]),
    });
  });

  Deno.test(`a table in ${format} without rows is read`, async () => {
    const empty = { ...RESULTS, rows: [] };
    const bytes = await writeTable(format, empty, {});
    assert.deepEqual(await readTable(format, bytes, empty.columns, "a"), empty);
  });

  Deno.test(`a table in ${format} with many rows and long lists is read`, async () => {
    const column: Column = { name: "n", type: "INT32", isList: true };
    const rows = Array.from({ length: 210 }, (_, i) => [
      `${i}`,
      i % 7 === 0
        ? null
        : Array.from({ length: i % 70 }, (_, j) => j % 5 === 0 ? null : i * j),
    ]);
    const table = { columns: [URL_COLUMN, column], rows };
    const bytes = await writeTable(format, table, {});
    assert.deepEqual(await readTable(format, bytes, table.columns, "a"), table);
  });
}

const COLUMNS = TYPES.flatMap(([column]) => [
  column,
  { ...column, name: `list of ${column.name}`, isList: true },
]);
const [VALUES, JSON_VALUES] = [false, true].map((isJson) =>
  TYPES.flatMap(([, values, json = values]) => {
    const [a, b, c] = isJson ? json : values;
    return [[a, [a, b, c]], [b, [b, null]], [c, []], [null, null]];
  })
) as [unknown[][], unknown[][]];
/** Rows of all columns. */
const rowsOf = (values: readonly unknown[][]) =>
  [0, 1, 2, 3].map((row) => TYPES.flatMap((_, i) => values[4 * i + row]!));

Deno.test("Parquet keeps values of all types, lists and nulls", async () => {
  const table = { columns: COLUMNS, rows: rowsOf(VALUES) };
  const bytes = await writeTable("parquet", table, {});
  const read = await readTable("parquet", bytes, COLUMNS, "a");
  for (const [i, { name }] of COLUMNS.entries()) {
    const values = ({ rows }: Table) => rows.map((row) => row[i]);
    assert.deepEqual(values(read), values(table), name);
  }
});

Deno.test("JSON lines have values of all types as text, and keep them so", async () => {
  const table = { columns: COLUMNS, rows: rowsOf(VALUES) };
  const bytes = await writeTable("jsonl", table, {});
  const read = await readTable("jsonl", bytes, COLUMNS, "a");
  for (const [i, { name }] of COLUMNS.entries()) {
    const expected = rowsOf(JSON_VALUES).map((row) => row[i]);
    assert.deepEqual(read.rows.map((row) => row[i]), expected, name);
  }
  assert.deepEqual(await writeTable("jsonl", read, {}), bytes);
});

Deno.test("JSON lines have columns in their order, also such as JavaScript sorts", async () => {
  const columns = ["b", "2", "__proto__", "1"].map(textColumn);
  const table = { columns, rows: [["x", "y", "z", null]] };
  const bytes = await writeTable("jsonl", table, {});
  assert.equal(
    new TextDecoder().decode(bytes),
    '{"b":"x","2":"y","__proto__":"z","1":null}\n',
  );
  assert.deepEqual(await readTable("jsonl", bytes, columns, "a"), table);
});

Deno.test("a table lacks a column or has another type for it", async () => {
  const table = { columns: [URL_COLUMN, textColumn("n")], rows: [["a", "1"]] };
  const number = { name: "n", type: "INT32" };
  const other = textColumn("m");
  const parquet = await writeTable("parquet", table, {});
  const refused = async (
    format: TableFormat,
    bytes: Uint8Array,
    column: Column,
    message: string,
  ) =>
    await assert.rejects(readTable(format, bytes, [column], "a/b"), {
      name: "CorruptRunError",
      message,
    });
  await refused(
    "parquet",
    parquet,
    other,
    'Cannot read a/b as it has no column "m"',
  );
  await refused(
    "parquet",
    parquet,
    number,
    'Cannot read a/b as its column "n" must be of the type INT32: current value is BYTE_ARRAY UTF8',
  );
  const jsonl = await writeTable("jsonl", table, {});
  await refused(
    "jsonl",
    jsonl,
    other,
    'Cannot read a/b as its line 1 has no "m"',
  );
});

const encoder = new TextEncoder();
const BAD_LINES: Readonly<Record<string, readonly [Uint8Array, string]>> = {
  "cut": [encoder.encode('{"url":"a"}\n{"url"'), "as its last line is cut off"],
  "of another kind": [
    encoder.encode('{"url":"a"}\n1\n'),
    "as its line 2 isn't a JSON object",
  ],
  "not UTF-8": [bytes(0xff, 10), "as it isn't UTF-8"],
};

for (const [what, [lines, reason]] of Object.entries(BAD_LINES)) {
  Deno.test(`JSON lines that are ${what} are refused`, async () => {
    await assert.rejects(readTable("jsonl", lines, [URL_COLUMN], "a/b"), {
      name: "CorruptRunError",
      message: `Cannot read a/b ${reason}`,
    });
  });
}

Deno.test("Parquet that is cut is refused", async () => {
  const { columns } = RESULTS;
  const bytes = await writeTable("parquet", RESULTS, {});
  for (const end of [0, 4, 11, bytes.length >> 1, bytes.length - 1]) {
    const cut = bytes.subarray(0, end);
    await assert.rejects(readTable("parquet", cut, columns, "a/b"), {
      name: "CorruptRunError",
      message: /^Cannot read a\/b as Parquet: /,
    });
  }
});

Deno.test("Parquet has the plan's digest, and no time or place", async () => {
  const bytes = await writeTable("parquet", RESULTS, { plan: "abc" });
  assert.deepEqual(
    bytes,
    await writeTable("parquet", RESULTS, { plan: "abc" }),
  );
  const { key_value_metadata, created_by } = parquetMetadata(bytes);
  assert.deepEqual(key_value_metadata, [{ key: "plan", value: "abc" }]);
  assert.equal(created_by, "totem");
});
