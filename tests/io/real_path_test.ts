import assert from "node:assert/strict";
import { realPath } from "../../src/io/real_path.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";

Deno.test("a real path has no links, also where nothing is yet", async () => {
  await using folder = await temporaryFolder();
  const path = await Deno.realPath(folder.path);
  await Deno.mkdir(`${path}/a/b`, { recursive: true });
  await Deno.symlink(`${path}/a/b`, `${path}/link`);
  assert.equal(await realPath(`${path}/link`), `${path}/a/b`);
  assert.equal(await realPath(`${path}/link/c/d`), `${path}/a/b/c/d`);
  assert.equal(await realPath(`${path}/none/../a`), `${path}/a`);
  assert.equal(await realPath("none"), `${await Deno.realPath(".")}/none`);
});
