/** `--labels FILE`, an option of all commands that show classes. */
import assert from "node:assert/strict";
import { run } from "./in_process.ts";
import { serveHere } from "./server_process.ts";
import { PHOTOS, workFolder } from "./totem.ts";

const PHOTO = `${PHOTOS}/drum.jpg`;
const NAMES = ["ant", "bee", "cat", "dog", "eel", "fox", "gnu"];

/** A folder with a small model of 7 classes, and files with their names. */
async function namesFolder() {
  const folder = await workFolder();
  const { path } = folder;
  const files = {
    "names.txt": `${NAMES.join("\n")}\n`,
    "pairs.json": JSON.stringify(NAMES.map((it, i) => [`n${i}`, it])),
    "two.txt": "ant\nbee\n",
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${path}/${name}`, text);
  }
  return folder;
}

Deno.test("totem classify --labels shows the names in a file", async () => {
  await using folder = await namesFolder();
  for (const name of ["names.txt", "pairs.json"]) {
    const { code, stdout, stderr } = await run([
      "classify",
      "--json",
      ...folder.model,
      ...["--top", "7", "--labels", `${folder.path}/${name}`],
      PHOTO,
    ]);
    assert.equal(code, 0, stderr);
    const { classes } = JSON.parse(stdout);
    assert.equal(classes.length, 7);
    for (const { index, label } of classes) assert.equal(label, NAMES[index]);
  }
});

Deno.test("a file of --labels with another number of names is named, and one that isn't there", async () => {
  await using folder = await namesFolder();
  const { path, model } = folder;
  const source = `${path}/model`;
  const commands = [
    ["classify", ...model, PHOTO],
    ["explain", ...model, PHOTO, "--out", `${path}/heat.png`],
    ["evaluate", ...model, path],
    ["convert", source, "--out", `${path}/a.safetensors`],
    ["convert", source, "--out", `${path}/a.onnx`],
  ];
  for (const command of commands) {
    for (
      const [name, message] of [
        [
          "two.txt",
          /Cannot label the model's 7 classes with 2 names from .*\/two\.txt: give one name per class, in their order\n$/,
        ],
        [
          "no.txt",
          /Cannot read .*\/no\.txt: there is no such file or folder\n$/,
        ],
        ["", /Cannot read/],
      ] as const
    ) {
      const labels = name === "" ? name : `${path}/${name}`;
      const { code, stderr } = await run([...command, "--labels", labels]);
      assert.equal(code, 1, stderr);
      assert.match(stderr, message, command[0]);
    }
  }
});

Deno.test("totem explain --labels finds the class by its name in a file, and doesn't write over that", async () => {
  await using folder = await namesFolder();
  const labels = `${folder.path}/pairs.json`;
  const explain = (out: string) =>
    run([
      "explain",
      PHOTO,
      ...["--out", out, "--labels", labels, "--class", "fox"],
      ...folder.model,
    ]);
  const { code, stdout, stderr } = await explain(`${folder.path}/heat.json`);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /% {2}fox {2}/);
  const before = await Deno.readTextFile(labels);
  assert.notEqual((await explain(labels)).code, 0);
  assert.equal(await Deno.readTextFile(labels), before);
});

Deno.test("totem evaluate --labels finds folders by the names or the ids in a file", async () => {
  await using folder = await namesFolder();
  const { path } = folder;
  for (
    const [file, folders] of [
      ["names.txt", ["cat", "dog"]],
      ["pairs.json", ["cat", "dog"]],
      ["pairs.json", ["n2", "n3"]],
    ] as const
  ) {
    const photos = await Deno.makeTempDir({ dir: path });
    for (const [i, name] of folders.entries()) {
      await Deno.mkdir(`${photos}/${name}`);
      const photo = ["drum", "fig"][i];
      await Deno.copyFile(
        `${PHOTOS}/${photo}.jpg`,
        `${photos}/${name}/${photo}.jpg`,
      );
    }
    const evaluate = ["evaluate", "--backend", "wasm", ...folder.model, photos];
    const bare = await run(evaluate);
    assert.equal(bare.code, 1);
    assert.match(
      bare.stderr,
      /"class 6"\. Name the classes with --labels FILE or a classes\.json beside the model\n$/,
    );
    for (
      const table of ["file\tlabels\na.jpg\tcat", "file\tcat\tdog\na.jpg\t1\t0"]
    ) {
      const tables = await Deno.makeTempDir({ dir: path });
      await Deno.writeTextFile(`${tables}/labels.tsv`, `${table}\n`);
      const { code, stderr } = await run([
        ...["evaluate", "--backend", "wasm", "--activation", "sigmoid"],
        ...folder.model,
        tables,
      ]);
      assert.equal(code, 1);
      assert.match(stderr, /Name the classes with --labels FILE or .*\n$/);
    }
    const named = await run([...evaluate, "--labels", `${path}/${file}`]);
    assert.equal(named.code, 0, named.stderr);
    assert.match(named.stdout, /\bcat\b/);
  }
});

Deno.test("totem serve --labels answers with the names in a file", async () => {
  await using folder = await namesFolder();
  await using server = await serveHere([
    ...folder.model,
    ...["--labels", `${folder.path}/names.txt`],
  ]);
  const answer = await fetch(`${server.url}/classify?top=7`, {
    method: "POST",
    body: await Deno.readFile(PHOTO),
    headers: { "content-type": "image/jpeg" },
  });
  const { classes } = await answer.json();
  assert.deepEqual(
    classes.map((it: { label: string }) => it.label).sort(),
    NAMES,
  );
});
