import assert from "node:assert/strict";
import { quoteRows } from "../../../bench/peers/quote_rows.ts";

const TABLE = `\
| runtime | what runs | on | least, ms |
| ------- | ---------- | -------- | --------: |
| Deno    | Totem int8 | 1 thread |  **55.0** |
| Node 20 | Totem int8 | 1 thread | **130.0** |
`;

Deno.test("quoteRows() changes the rows that are quoted, and nothing else", () => {
  const text = `
Totem is fast. | Deno | Totem int8 | 1 thread | 1 |

| runtime | what runs | on | least, ms |
| --- | --- | --- | --- |
| Node 20 | Totem int8 | 1 thread | 140.0 |
| Deno | another int8 | 1 thread | 1.0 |
`;
  assert.equal(
    quoteRows(text, TABLE),
    `
Totem is fast. | Deno | Totem int8 | 1 thread | 1 |

| runtime | what runs | on | least, ms |
| --- | --- | --- | --- |
| Node 20 | Totem int8 | 1 thread | **130.0** |
| Deno | another int8 | 1 thread | 1.0 |
`,
  );
});

Deno.test("the README quotes rows of docs/benchmarks.md as they are", async () => {
  const read = (name: string) =>
    Deno.readTextFile(new URL(`../../../${name}`, import.meta.url));
  const cellsOf = (text: string) =>
    text.split("\n").filter((line) => line.startsWith("| "))
      .map((line) => line.split("|").map((it) => it.trim()).join("|"));
  const rows = new Set(cellsOf(await read("docs/benchmarks.md")));
  const quoted = cellsOf(await read("README.md"))
    .filter((line) => /^\|(Deno|Node 20|Node 24|Chromium)\|/.test(line));
  assert.ok(quoted.length > 0);
  for (const line of quoted) assert.ok(rows.has(line), line);
});
