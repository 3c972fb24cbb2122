import assert from "node:assert/strict";
import { findClassFolders } from "../../src/cli/class_folders.ts";
import { unreadable } from "./unreadable.ts";
import { folderWith } from "./folder_with.ts";

Deno.test("findClassFolders() finds classes and photos by name, below them too", async () => {
  await using folder = await folderWith([
    "b/2.jpg",
    "b/1.png",
    "b/deep/3.webp",
    "b/notes.txt",
    "a/x.JPEG",
    ".hidden/y.jpg",
    "README.md",
  ]);
  await Deno.symlink(`${folder.path}/a`, `${folder.path}/c`);
  const root = folder.path;
  const { classes, problems, passedOver } = await findClassFolders(`${root}/`);
  assert.deepEqual(problems, []);
  assert.equal(
    passedOver.describe(),
    "skipped 3 files: 1 hidden, 1 .md, 1 .txt",
  );
  assert.deepEqual(classes, [
    { label: "a", files: [`${root}/a/x.JPEG`] },
    {
      label: "b",
      files: [`${root}/b/1.png`, `${root}/b/2.jpg`, `${root}/b/deep/3.webp`],
    },
    { label: "c", files: [`${root}/c/x.JPEG`] },
  ]);
});

Deno.test("findClassFolders() refuses folders that aren't of classes", async () => {
  const cases: [files: string[], message: RegExp][] = [
    [[], /a folder of photos for each/],
    [["notes.txt"], /a folder of photos for each/],
    [["a/x.jpg", "b/notes.txt"], /\/b: no image in this folder/],
    [["\u00e9/x.jpg", "e\u0301/x.jpg"], /two have the name "\u00e9"/],
    [
      ["a/x.jpg", "y.jpg"],
      /as y\.jpg is in no class folder: it needs one folder per class, such as .*\/cat\/1\.jpg$/,
    ],
  ];
  for (const [files, message] of cases) {
    await using folder = await folderWith(files);
    await assert.rejects(findClassFolders(folder.path), {
      name: "ArgumentError",
      message,
    });
  }
  await assert.rejects(findClassFolders("/none/such"), {
    name: "FileError",
    message: /\/none\/such: there is no such file or folder/,
  });
});

Deno.test("findClassFolders() goes on after a folder that can't be read, and gives names composed", async () => {
  await using folder = await folderWith([
    "e\u0301/x.jpg",
    "e\u0301/secret/y.jpg",
    "b/z.jpg",
  ]);
  const root = folder.path;
  using _ = unreadable(`${root}/e\u0301/secret`);
  const { classes, problems } = await findClassFolders(root);
  assert.deepEqual(classes.map(({ label }) => label), ["b", "\u00e9"]);
  assert.deepEqual(classes[1]!.files, [`${root}/e\u0301/x.jpg`]);
  assert.deepEqual(problems, [{
    path: `${root}/e\u0301/secret`,
    reason: "its permissions don't allow it",
  }]);
});
