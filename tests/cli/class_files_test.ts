import assert from "node:assert/strict";
import { findClassIds, readLabels } from "../../src/cli/class_files.ts";
import { CorruptWeightsError } from "../../src/errors.ts";
import { folderWith } from "./folder_with.ts";

const LABELS = ["great_white_shark", "crane", "tabby", "crane"];
const IDS = ["n01484850", "n02012849", "n02123045", "n03126707"];

Deno.test("findClassIds() reads a file of [id, name], or one beside the model", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/classes.json`;
    const find = (
      file?: string,
      classes = 4,
      own?: readonly string[],
    ) => findClassIds(file, `${folder}/parts.safetensors`, classes, own);
    assert.equal(await find(), null);
    await assert.rejects(find(path), /classes\.json: there is no such file/);

    const pairs = IDS.map((id, i) => [id, LABELS[i]!]);
    await Deno.writeTextFile(path, JSON.stringify(pairs));
    assert.deepEqual(await find(), IDS);
    assert.deepEqual(await find(path), IDS);
    assert.deepEqual(await findClassIds(undefined, folder, 4, undefined), IDS);
    // The model's own names take precedence over the folder's, and named files over
    // both.
    const own = ["a", "b", "c", "d"];
    assert.deepEqual(await find(undefined, 4, own), own);
    assert.deepEqual(await find(path, 4, own), IDS);
    // The file in the folder isn't the model's if its number of classes differs.
    assert.equal(await find(undefined, 5), null);
    await assert.rejects(
      find(path, 5),
      /each of the model's 5 classes: it has 4/,
    );

    await Deno.writeTextFile(path, JSON.stringify(LABELS));
    assert.equal(await find(), null);
    await assert.rejects(find(path), /it has names alone/);

    await Deno.writeTextFile(path, "{");
    assert.equal(await find(), null);
    await assert.rejects(find(path), CorruptWeightsError);

    if (Deno.build.os === "windows") return;
    // A pipe that wasn't named must not be waited for.
    await Deno.remove(path);
    await new Deno.Command("mkfifo", { args: [path] }).output();
    assert.equal(await find(), null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

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
