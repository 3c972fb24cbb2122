import assert from "node:assert/strict";
import { csvRow, inertPath, tsvRow } from "../../src/text/delimited.ts";

Deno.test("csvRow() quotes what RFC 4180 says, and what parts cells elsewhere", () => {
  for (
    const [cell, expected] of [
      ["plain name.jpg", "plain name.jpg"],
      ["", ""],
      [null, ""],
      [undefined, ""],
      [true, "true"],
      ["a,b", '"a,b"'],
      ['say "a"', '"say ""a"""'],
      ["two\nlines", '"two\nlines"'],
      ["one\r", '"one\r"'],
      ["a;b", '"a;b"'],
      ["a\tb", '"a\tb"'],
      [" a", '" a"'],
      ["a ", '"a "'],
      ["日本 é", "日本 é"],
    ] as const
  ) {
    assert.equal(csvRow([cell, 1]), `${expected},1\r\n`);
  }
});

Deno.test("rows have numbers with all their digits", () => {
  for (const number of [0.1 + 0.2, Math.fround(0.1), 1e-300, -1.5, 2 ** 53]) {
    assert.equal(Number(csvRow([number]).trim()), number);
    assert.equal(Number(tsvRow([number]).trim()), number);
  }
});

Deno.test("csvRow() gives spreadsheets no formula, and tsvRow() leaves text as it is", () => {
  const begins = ["=", "+", "-", "@", "＝", "＋", "－", "＠"];
  for (const begin of begins) {
    const text = `${begin}HYPERLINK(A1)`;
    assert.equal(csvRow([text]), `'${text}\r\n`);
    assert.equal(tsvRow([text]), `${text}\n`);
    assert.equal(inertPath(text), `./${text}`);
  }
  assert.equal(csvRow(["\t=1"]), `"'\t=1"\r\n`);
  assert.equal(csvRow(['=1,"']), `"'=1,"""\r\n`);
  for (const text of ["-", "a=1", "a-1", "/-a", ""]) {
    assert.equal(csvRow([text]), `${text}\r\n`);
    assert.equal(inertPath(text), text);
  }
});

Deno.test("tsvRow() escapes what would break a row", () => {
  assert.equal(
    tsvRow(["a\tb\nc\rd\\e", 'say "x", y', null, 2]),
    'a\\tb\\nc\\rd\\\\e\tsay "x", y\t\t2\n',
  );
  assert.equal(tsvRow(["\\t"]), "\\\\t\n");
});
