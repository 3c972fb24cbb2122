import assert from "node:assert/strict";
import { shellWord } from "../../src/text/shell_word.ts";

const WORDS: Readonly<Record<string, string>> = {
  "s3://bucket/run-1_a.b": "s3://bucket/run-1_a.b",
  "--allow-net=db:5432,[::1]": "'--allow-net=db:5432,[::1]'",
  "my photos": "'my photos'",
  "it's": "'it'\\''s'",
  "$(id)": "'$(id)'",
  "": "''",
};

for (const [text, word] of Object.entries(WORDS)) {
  Deno.test(`${JSON.stringify(text)} is ${word} in a shell`, () => {
    assert.equal(shellWord(text), word);
  });
}
