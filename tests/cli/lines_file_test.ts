import assert from "node:assert/strict";
import { openLinesFile } from "../../src/cli/lines_file.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";

const HEADER = { format: "lines 1", crops: 1 };

Deno.test("openLinesFile() refuses a file that another has open, and names it", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/lines.jsonl`;
  {
    using file = await openLinesFile(path, HEADER, "lines");
    file.add({ a: 1 });
    // As another process would: locks are of open files.
    await assert.rejects(openLinesFile(path, HEADER, "lines"), {
      name: "FileError",
      message:
        `Cannot resume ${path}: another process adds to it: wait for its end, or name another file`,
    });
    file.add({ a: 2 });
  }
  using again = await openLinesFile(path, HEADER, "lines");
  assert.deepEqual([...again.lines()], ['{"a":1}', '{"a":2}']);
});

Deno.test("openLinesFile() passes over first lines that came again", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/lines.jsonl`;
  const first = JSON.stringify(HEADER);
  await Deno.writeTextFile(path, `${first}\n{"a":1}\n${first}\n{"a":2}\n`);
  {
    using file = await openLinesFile(path, HEADER, "lines");
    assert.deepEqual([...file.lines()], ['{"a":1}', '{"a":2}']);
    file.cut(1);
    file.add({ a: 3 });
  }
  assert.equal(
    await Deno.readTextFile(path),
    `${first}\n{"a":1}\n{"a":3}\n`,
  );
});

Deno.test("openLinesFile() names a file that it can't open", async () => {
  await using folder = await temporaryFolder();
  await assert.rejects(openLinesFile(folder.path, HEADER, "lines"), {
    message: `Cannot resume ${folder.path}: it is a folder`,
  });
  const path = `${folder.path}/none/lines.jsonl`;
  await assert.rejects(openLinesFile(path, HEADER, "lines"), {
    message: `Cannot resume ${path}: there is no such file or folder`,
  });
});
