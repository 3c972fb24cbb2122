import assert from "node:assert/strict";
import { findClassFolders } from "../../src/cli/class_folders.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";

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
  assert.deepEqual(await findClassFolders(`${root}/`), [
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
    [["a/x.jpg", "b/notes.txt"], /class "b": no JPEG, PNG or WebP file/],
    [["a/x.jpg", "y.jpg"], /y\.jpg as it lies in no class's folder/],
  ];
  for (const [files, message] of cases) {
    await using folder = await folderWith(files);
    await assert.rejects(findClassFolders(folder.path), {
      name: "RangeError",
      message,
    });
  }
  await assert.rejects(findClassFolders("/none/such"), {
    name: "RangeError",
    message: /no such folder, or not a folder/,
  });
});

/** Empty files, with the folders that they need. */
async function folderWith(files: readonly string[]) {
  const folder = await temporaryFolder();
  for (const file of files) {
    const path = `${folder.path}/${file}`;
    await Deno.mkdir(path.replace(/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(path, "");
  }
  return folder;
}
