import assert from "node:assert/strict";
import { type Visitor, walkFolder } from "../../src/io/walk_folder.ts";
import { folderWith } from "../cli/folder_with.ts";
import { onFolderRead } from "../cli/on_folder_read.ts";
import { unreadable } from "../cli/unreadable.ts";

/** Throws at an unreadable folder. */
const STRICT: Visitor = {
  onUnreadable: (path, error) => assert.fail(`${path}: ${error}`),
};

Deno.test("walkFolder() gives all files by name within each folder, as paths with slashes", async () => {
  const names = ["a/b/x", "a/y", "a-b", "a.jpg", "a0/z", "B", "é", "😀", "ﬁ"];
  await using folder = await folderWith(names.toReversed());
  await Deno.mkdir(`${folder.path}/empty`);
  for (const path of [folder.path, `${folder.path}/`]) {
    // By UTF-16 code units: a surrogate pair comes before a ligature.
    assert.deepEqual(await Array.fromAsync(walkFolder(path, STRICT)), [
      ...["B", "a/b/x", "a/y", "a-b", "a.jpg", "a0/z", "é", "😀", "ﬁ"],
    ]);
  }
});

Deno.test("walkFolder() reads a folder only when its first file is asked for", async () => {
  await using folder = await folderWith(["a/1", "b/2", "b/c/3", "d/4"]);
  const read: string[] = [];
  using _ = onFolderRead((path) => read.push(path));
  const files = walkFolder(folder.path, STRICT);
  assert.deepEqual(read, []);
  const upTo = async (path: string, folders: readonly string[]) => {
    assert.equal((await files.next()).value, path);
    assert.deepEqual(read, folders.map((it) => `${folder.path}${it}`));
  };
  await upTo("a/1", ["", "/a"]);
  await upTo("b/2", ["", "/a", "/b"]);
  await upTo("b/c/3", ["", "/a", "/b", "/b/c"]);
  // After a return, nothing more is read.
  await files.return();
  assert.equal(read.length, 4);
});

Deno.test("walkFolder() passes over names that aren't taken, links to folders, and what is no file", async () => {
  await using folder = await folderWith(["a", ".b/c", ".d", "e/.f", "e/g"]);
  const { path } = folder;
  await Deno.symlink("e", `${path}/link`);
  await Deno.symlink("e/g", `${path}/to-file`);
  await Deno.symlink("nowhere", `${path}/e/broken`);
  await Deno.symlink("itself", `${path}/itself`);
  const asked: string[] = [];
  const passedOver: string[] = [];
  const files = walkFolder(path, {
    ...STRICT,
    takes: (name) => asked.push(name) > 0 && !name.startsWith("."),
    onPassedOver: (path, kind) => passedOver.push(`${kind} ${path}`),
  });
  assert.deepEqual(await Array.fromAsync(files), ["a", "e/g", "to-file"]);
  assert.deepEqual(
    passedOver,
    ["other e/broken", "other itself", "link link"],
  );
  assert.deepEqual(
    asked,
    [".b", ".d", "a", "e", ".f", "broken", "g", "itself", "link", "to-file"],
  );
});

Deno.test("walkFolder() goes on behind a folder that can't be read", async () => {
  await using folder = await folderWith(["a/1", "secret/2", "z"]);
  const { path } = folder;
  const unread: [path: string, name: string][] = [];
  const filesIn = (path: string) =>
    Array.fromAsync(walkFolder(path, {
      onUnreadable: (path, error) => unread.push([path, (error as Error).name]),
    }));
  {
    using _ = unreadable(`${path}/secret`);
    assert.deepEqual(await filesIn(path), ["a/1", "z"]);
    assert.deepEqual(await filesIn(`${path}/secret`), []);
  }
  assert.deepEqual(await filesIn(`${path}/nowhere`), []);
  assert.deepEqual(unread, [
    ["secret", "PermissionDenied"],
    ["", "PermissionDenied"],
    ["", "NotFound"],
  ]);
});

Deno.test({
  name: "walkFolder() throws where Deno wasn't given the permission",
  permissions: { read: false },
  async fn() {
    const files = walkFolder("/x", STRICT);
    await assert.rejects(files.next(), { name: "NotCapable" });
  },
});
