import assert from "node:assert/strict";
import { classNames, findClassIds } from "../../src/cli/class_names.ts";
import { CorruptWeightsError } from "../../src/errors.ts";

const LABELS = ["great_white_shark", "crane", "tabby", "crane"];
const IDS = ["n01484850", "n02012849", "n02123045", "n03126707"];

Deno.test("classNames() finds a class by its name, however it is spelt", () => {
  const names = classNames(LABELS, null);
  assert.equal(names.find("tabby"), 2);
  for (
    const name of [
      "great_white_shark",
      "Great White Shark",
      "great-white shark",
    ]
  ) {
    assert.equal(names.find(name), 0);
  }
  assert.equal(names.find("shark"), null);
  const composed = classNames(["Caf\u00e9"], null);
  assert.equal(composed.find("cafe\u0301"), 0);
  assert.equal(names.find("n02123045"), null);
});

Deno.test("classNames() finds a class by its id", () => {
  const names = classNames(LABELS, IDS);
  assert.equal(names.find("n03126707"), 3);
  assert.equal(names.find("tabby"), 2);
  assert.deepEqual([names.hasIds, classNames(LABELS, null).hasIds], [
    true,
    false,
  ]);
});

Deno.test("classNames() refuses a name that several classes have", () => {
  assert.throws(() => classNames(LABELS, IDS).find("crane"), {
    name: "ArgumentError",
    message: 'Cannot tell which class "crane" is: 1 is "crane", 3 is "crane"',
  });
});

Deno.test("classNames() takes names of the prototype for what they are", () => {
  assert.equal(classNames(LABELS, IDS).find("constructor"), null);
  assert.equal(classNames(["constructor", "b"], null).find("constructor"), 0);
});

Deno.test("findClassIds() reads a file of [id, name], or one beside the model", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/classes.json`;
    const find = (file?: string, classes = 4) =>
      findClassIds(file, `${folder}/parts.safetensors`, classes);
    assert.equal(await find(), null);
    await assert.rejects(find(path), /classes\.json: there is no such file/);

    const pairs = IDS.map((id, i) => [id, LABELS[i]!]);
    await Deno.writeTextFile(path, JSON.stringify(pairs));
    assert.deepEqual(await find(), IDS);
    assert.deepEqual(await find(path), IDS);
    assert.deepEqual(await findClassIds(undefined, folder, 4), IDS);
    // One that fits by chance of place isn't the model's.
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
    // Nobody waits for a pipe that nobody named.
    await Deno.remove(path);
    await new Deno.Command("mkfifo", { args: [path] }).output();
    assert.equal(await find(), null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
