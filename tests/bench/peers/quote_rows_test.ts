import assert from "node:assert/strict";
import { mapRows, quoteRows } from "../../../bench/peers/quote_rows.ts";

const MEASURED = `\
| runtime | what runs | on | min, ms | median, ms | memory, MiB |
| ------- | ---------- | -------- | --------: | -----: | ---: |
| Deno    | Totem int8 | 1 thread |  **55.0** |   57.1 |   97 |
| Node 24 | Totem int8 | 1 thread | **130.0** |  135.2 |   94 |
`;

Deno.test("quoteRows() updates the quoted columns, in the order of their header", () => {
  const text = `
Totem is fast. | Deno | Totem int8 | 1 thread | 1 |

| runtime | what runs | on | memory, MiB | median, ms |
| --- | --- | --- | ---: | --- |
| Node 24 | Totem int8 | 1 thread | 1 | 140.0 |
| Deno | another int8 | 1 thread | 1 | 1.0 |

| runtime | import |
| --- | --- |
| Deno | Totem int8 |
`;
  assert.equal(
    quoteRows(text, MEASURED),
    text.replace(
      "| Node 24 | Totem int8 | 1 thread | 1 | 140.0 |",
      "| Node 24 | Totem int8 | 1 thread | 94 | 135.2 |",
    ),
  );
});

Deno.test("quoteRows() refuses a column that isn't measured", () => {
  const text = `\
| runtime | what runs | on | median |
| --- | --- | --- | --- |
| Deno | Totem int8 | 1 thread | 57.1 |
`;
  assert.throws(() => quoteRows(text, MEASURED), /"median"/);
});

Deno.test("the README quotes rows of docs/benchmarks.md as they are", async () => {
  const read = (name: string) =>
    Deno.readTextFile(new URL(`../../../${name}`, import.meta.url));
  const rowsIn = (text: string) => {
    const rows: ReadonlyMap<string, string>[] = [];
    mapRows(text, (row, line) => {
      rows.push(row);
      return line;
    });
    return rows;
  };
  const measured = rowsIn(await read("docs/benchmarks.md"));
  const quoted = rowsIn(await read("README.md"));
  assert.ok(quoted.length > 0);
  for (const row of quoted) {
    const isMeasured = measured.some((other) =>
      [...row].every(([column, cell]) => other.get(column) === cell)
    );
    assert.ok(isMeasured, JSON.stringify([...row]));
  }
});
