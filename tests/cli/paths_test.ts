import assert from "node:assert/strict";
import {
  isSameFolder,
  pathIn,
  withoutSlash,
  withSlashes,
} from "../../src/cli/paths.ts";
import { folderWith } from "./folder_with.ts";

const CASES: readonly [os: string, folder: string, path: string][] = [
  ["linux", ".", "a"],
  ["linux", "/", "/a"],
  ["linux", "x", "x/a"],
  ["linux", "x//", "x/a"],
  ["linux", "x\\", "x\\/a"],
  ["windows", "x\\", "x/a"],
  ["windows", "C:", "C:a"],
  ["windows", "C:\\", "C:\\a"],
  ["windows", "C:/x/", "C:/x/a"],
  ["windows", "\\\\server\\share\\", "\\\\server\\share/a"],
];

for (const [os, folder, path] of CASES) {
  Deno.test(`pathIn() of ${folder} on ${os}`, () => {
    assert.equal(pathIn(folder, "a", os), path);
  });
}

Deno.test("withSlashes() takes a backslash for one on Windows alone", () => {
  assert.equal(withSlashes("C:\\x\\a.jpg", "windows"), "C:/x/a.jpg");
  assert.equal(withSlashes("x/a\\b.jpg", "linux"), "x/a\\b.jpg");
});

Deno.test("withoutSlash() leaves a root its slash", () => {
  assert.equal(withoutSlash("/", "linux"), "/");
  assert.equal(withoutSlash("C:\\", "windows"), "C:\\");
});

Deno.test("isSameFolder() knows a folder again by other paths", async () => {
  await using folder = await folderWith(["x/a.jpg", "y/b.jpg"]);
  const { path } = folder;
  await Deno.symlink(`${path}/x`, `${path}/link`);
  assert.equal(await isSameFolder(`${path}/x`, `${path}/y/../x/`), true);
  assert.equal(await isSameFolder(`${path}/x`, `${path}/link`), true);
  assert.equal(await isSameFolder(`${path}/x`, `${path}/y`), false);
  assert.equal(await isSameFolder(`${path}/x`, `${path}/z`), false);
});
