import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { textColumn } from "../../../src/batch/columns.ts";
import { openCorpus } from "../../../src/batch/corpus/open_corpus.ts";
import { jsonValue } from "../../../src/batch/json_table.ts";
import type { Column } from "../../../src/batch/table.ts";
import { writeTable } from "../../../src/batch/write_table.ts";
import { temporaryFolder } from "../../weights/store/temporary_folder.ts";
import { rowsOf } from "./rows_of.ts";

const DATA = fileURLToPath(new URL("../../data/batch/", import.meta.url));

const NUMBERS = ["tiny", "usmall", "uint", "int", "long", "float", "double"];

/** Converts a value that DuckDB prints as `text` to its form in JSON lines. */
function fromDuckDB({ name }: Column, text: unknown): unknown {
  if (name === "ints" && text !== null) return (text as string[]).map(Number);
  if (typeof text !== "string") return text;
  if (text === "nan") return "NaN";
  if (name === "float") return Math.fround(Number(text));
  if (NUMBERS.includes(name)) return Number(text);
  if (name === "bool") return text === "true";
  if (name === "blob") return text === "ab\\xFF" ? "YWL/" : undefined;
  return name.startsWith("at")
    ? text.replace(" ", "T").replace("+00", "Z")
    : text;
}

for (const file of ["types", "types_v2"]) {
  Deno.test(`a corpus has what DuckDB wrote into ${file}.parquet`, async () => {
    const corpus = await openCorpus(`${DATA}${file}.parquet`);
    const expected = JSON.parse(
      await Deno.readTextFile(`${DATA}expected.json`),
    );
    const rows = await rowsOf(corpus);
    assert.equal(rows.length, expected.length);
    for (const [i, { url, values }] of rows.entries()) {
      assert.equal(url, expected[i].url);
      for (const [j, column] of corpus.columns.entries()) {
        const { name } = column;
        const found = jsonValue(column, values[j]);
        assert.deepEqual(found, fromDuckDB(column, expected[i][name]), name);
      }
    }
    assert.deepEqual(
      corpus.columns.map(({ name }) => name),
      Object.keys(expected[0]).filter((it) => it !== "url"),
    );
    assert.equal(corpus.root, Deno.cwd());
    assert.deepEqual(
      corpus.notes,
      ["struct", "map", "nested"].map((it) =>
        `The column "${it}" is left out, as its values are nested or of a type that isn't kept`
      ),
    );
  });
}

Deno.test("a corpus of several row groups is read through", async () => {
  const rows = await rowsOf(await openCorpus(`${DATA}groups.parquet`));
  assert.deepEqual(
    rows.map(({ url }) => url),
    Array.from({ length: 2100 }, (_, i) => `a/${i}.jpg`),
  );
});

Deno.test("a Parquet corpus is known by its bytes, not by its name", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/list.txt`;
  await Deno.copyFile(`${DATA}groups.parquet`, path);
  assert.equal((await rowsOf(await openCorpus(path))).length, 2100);
});

/** The path of a Parquet file with one column. */
async function fileWith(
  folder: string,
  urls: readonly unknown[],
  column: Column = textColumn("path"),
): Promise<string> {
  const columns = [column, textColumn("label"), { name: "n", type: "INT32" }];
  const rows = urls.map((url, i) => [url, `${i}`, i]);
  const path = `${folder}/a.parquet`;
  await Deno.writeFile(
    path,
    await writeTable("parquet", { columns, rows }, {}),
  );
  return path;
}

Deno.test("a Parquet corpus takes addresses from the column that is named", async () => {
  await using folder = await temporaryFolder();
  const path = await fileWith(folder.path, ["a.jpg", "s3://b/c d.jpg"]);
  const corpus = await openCorpus(path, { urlColumn: "path" });
  assert.deepEqual(await rowsOf(corpus), [
    { url: "a.jpg", values: ["0", 0] },
    { url: "s3://b/c d.jpg", values: ["1", 1] },
  ]);
  assert.deepEqual(corpus.columns.map(({ name }) => name), [
    "input_label",
    "n",
  ]);
  assert.equal(corpus.notes.length, 1);
  assert.equal(corpus.urlColumn, "path");
  await assert.rejects(openCorpus(path), {
    name: "ArgumentError",
    message:
      `Cannot use ${path} as a corpus of images: it has no column "url": choose one with --url-column, or urlColumn: "path", "label", "n"`,
  });
  await assert.rejects(openCorpus(path, { urlColumn: "n" }), {
    name: "ArgumentError",
    message: /its column "n" isn't of text$/,
  });
});

Deno.test("a Parquet corpus with a row without an address is refused", async () => {
  await using folder = await temporaryFolder();
  for (
    const [url, fault] of [[null, "it is null"], ["", "it is empty"], [
      "ftp://a/b",
      'it is "ftp://a/b"',
    ]]
  ) {
    const path = await fileWith(folder.path, ["a.jpg", url]);
    const corpus = await openCorpus(path, { urlColumn: "path" });
    await assert.rejects(rowsOf(corpus), {
      name: "ArgumentError",
      message:
        `Cannot use ${path} as a corpus of images: its column "path" in row 2 must be a path, or an address of http, https, s3 or file: ${fault}`,
    });
  }
});

Deno.test("a Parquet corpus that is cut is refused", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.parquet`;
  const bytes = await Deno.readFile(`${DATA}types.parquet`);
  await Deno.writeFile(path, bytes.subarray(0, 2000));
  await assert.rejects(openCorpus(path), {
    name: "CorruptRunError",
    message:
      `Cannot read ${path} as Parquet: it doesn't end with "PAR1": is it whole?`,
  });
});
