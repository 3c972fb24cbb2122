import assert from "node:assert/strict";
import { isSameFolder } from "../../src/cli/same_folder.ts";
import { folderWith } from "./folder_with.ts";

Deno.test("isSameFolder() knows a folder again by other paths", async () => {
  await using folder = await folderWith(["x/a.jpg", "y/b.jpg"]);
  const { path } = folder;
  await Deno.symlink(`${path}/x`, `${path}/link`);
  assert.equal(await isSameFolder(`${path}/x`, `${path}/y/../x/`), true);
  assert.equal(await isSameFolder(`${path}/x`, `${path}/link`), true);
  assert.equal(await isSameFolder(`${path}/x`, `${path}/y`), false);
  assert.equal(await isSameFolder(`${path}/x`, `${path}/z`), false);
});
