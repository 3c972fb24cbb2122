import assert from "node:assert/strict";
import { readLabels } from "../../src/cli/labels.ts";
import { CorruptWeightsError } from "../../src/errors.ts";
import { folderWith } from "./folder_with.ts";

const NAMES = ["cat", "dog", "great white shark"];

Deno.test("readLabels() reads lines, and JSON of every kind", async () => {
  const byName = { dog: 1, [NAMES[2]!]: 2, cat: 0 };
  const files = {
    "lines.txt": `${NAMES.join("\n")}\n`,
    "windows.txt": `\ufeff${NAMES.join("\r\n")}\r\n`,
    "array.json": JSON.stringify(NAMES),
    "pairs.json": JSON.stringify(NAMES.map((it, i) => [`n${i}`, it])),
    "by_index.json": JSON.stringify({ ...NAMES }, null, 2),
    "by_name.json": JSON.stringify(byName, null, 2),
    "by_name.txt": JSON.stringify(byName),
  };
  await using folder = await folderWith(files);
  for (const name of Object.keys(files)) {
    const { labels } = await readLabels(`${folder.path}/${name}`);
    assert.deepEqual(labels, NAMES, name);
  }
});

Deno.test("readLabels() never takes the lines of JSON for names", async () => {
  const files = {
    "object.json": '{\n"id2label": {},\n"a": 1\n}',
    "object.txt": '{\n"cat": "a"\n}',
    "array.txt": '[\n"cat",\n]',
    "lines.json": "cat\ndog",
    "text.JSON": '"cat"',
    "empty.json": "",
  };
  await using folder = await folderWith(files);
  for (const name of Object.keys(files)) {
    await assert.rejects(
      readLabels(`${folder.path}/${name}`),
      CorruptWeightsError,
      name,
    );
  }
});
