import assert from "node:assert/strict";
import { findClassIds, readLabels } from "../../src/cli/class_files.ts";
import { openFeatureFile, rowsPath } from "../../src/cli/feature_file.ts";
import { openLinesFile } from "../../src/cli/lines_file.ts";
import {
  assertFileOrNone,
  readNamedFile,
  readNamedText,
} from "../../src/cli/named_file.ts";
import { serve } from "../../src/cli/serve.ts";
import { search } from "../../src/cli/search.ts";
import { assertWritable } from "../../src/cli/write_file.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";
import { unseen } from "./in_process.ts";

const isWindows = Deno.build.os === "windows";

Deno.test("readNamedFile() reads a file up to its limit, and names one that has more", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/file`;
  await Deno.writeTextFile(path, "\ufeff1234");
  assert.equal((await readNamedFile(path, 7)).length, 7);
  assert.equal(await readNamedText(path, 7), "1234");
  await assert.rejects(readNamedFile(path, 6), {
    name: "FileError",
    message: `Cannot read ${path}: it must have <= 6 bytes: it has more`,
  });
});

Deno.test("readNamedFile() names what isn't a file", async () => {
  await using folder = await temporaryFolder();
  await assert.rejects(readNamedFile(folder.path), {
    name: "FileError",
    message: `Cannot read ${folder.path}: it is a folder`,
  });
  const path = `${folder.path}/none`;
  await assert.rejects(readNamedFile(path), {
    name: "FileError",
    message: `Cannot read ${path}: there is no such file or folder`,
  });
  await assertFileOrNone("write", path);
});

Deno.test({
  name:
    "no option's file is waited for when it is a pipe, nor read when a device",
  ignore: isWindows,
  async fn() {
    await using folder = await temporaryFolder();
    const { path } = folder;
    const pipe = `${path}/pipe`;
    const arrays = [`${path}/f.npy`, `${path}/g.npy`];
    for (const name of [pipe, rowsPath(arrays[0]!), arrays[1]!]) {
      await new Deno.Command("mkfifo", { args: [name] }).output();
    }
    const refused = async (open: () => Promise<unknown>) => {
      await assert.rejects(open, {
        name: "FileError",
        message:
          /^Cannot (read|resume|search|write) .*: it is a pipe or device/,
      }, `${open}`);
    };
    for (const name of [pipe, "/dev/zero"]) {
      const opened = [
        () => readLabels(name),
        () => findClassIds(name, "nsfw", 2, undefined),
        () => serve.run(["--token-file", name], unseen()),
        () => openLinesFile(name, { format: "lines 1" }, "lines"),
        () => search.run(["photo.jpg", "--index", name], unseen()),
        () => assertWritable(name, ""),
      ];
      for (const open of opened) await refused(open);
    }
    for (const array of arrays) {
      await refused(() => openFeatureFile(array, [], 2, { models: ["m"] }));
    }
  },
});
