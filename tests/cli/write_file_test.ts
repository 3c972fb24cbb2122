import assert from "node:assert/strict";
import {
  assertWritable,
  partPath,
  writeFileWhole,
} from "../../src/cli/write_file.ts";
import { namesIn, temporaryFolder } from "../weights/store/temporary_folder.ts";

Deno.test("writeFileWhole() replaces a file by one that is whole", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/new/file`;
  await writeFileWhole(path, new Blob(["before, and longer"]).stream());
  const parts = ["a", "", "b".repeat(100_000)];
  await writeFileWhole(path, streamOf(parts));
  assert.equal(await Deno.readTextFile(path), parts.join(""));
  assert.deepEqual(await namesIn(`${folder.path}/new`), ["file"]);
});

Deno.test("writeFileWhole() leaves a file as it was when the new one fails", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/file`;
  await Deno.writeTextFile(path, "before");
  const error = new Error("no more");
  await assert.rejects(writeFileWhole(path, streamOf(["half"], error)), error);
  assert.equal(await Deno.readTextFile(path), "before");
  assert.deepEqual(await namesIn(folder.path), ["file"]);
});

Deno.test("assertWritable() makes the folder, leaves nothing in it, and refuses what is one", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/new/file`;
  await assertWritable(path, "");
  assert.deepEqual(await namesIn(`${folder.path}/new`), []);
  await assert.rejects(assertWritable(`${folder.path}/new`, ""), {
    name: "FileError",
    message: `Cannot write ${folder.path}/new: it is a folder`,
  });
  await Deno.writeTextFile(path, "");
  await assert.rejects(assertWritable(`${path}/below`, ""), {
    name: "FileError",
    message: `Cannot write ${path}/below: a part of its path is not a folder`,
  });
});

Deno.test("assertWritable() wants the ending of what is written", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/new/photo.jpg`;
  await assert.rejects(assertWritable(path, ".svg"), {
    name: "UsageError",
    message: `Cannot write ${path} as its name must end in .svg`,
  });
  assert.deepEqual(await namesIn(folder.path), []);
  await assertWritable(`${folder.path}/new/CHART.SVG`, ".svg");
});

Deno.test("assertWritable() sweeps what killed runs left of the file, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/file`;
  const old = new Date(Date.now() - 120_000);
  const make = async (of: string, time = old) => {
    const part = partPath(of);
    await Deno.writeTextFile(part, "half");
    await Deno.utime(part, time, time);
    return part;
  };
  const left = [await make(path), await make(path)];
  const others = [
    await make(path, new Date()), // Its writer may be about to lock it.
    await make(`${folder.path}/other file`),
    await make(`${folder.path}/file.more`),
  ];
  const written = await make(path);
  {
    // Like another process: locks belong to open files.
    using writer = await Deno.open(written, { write: true });
    assert.ok(await writer.tryLock(true));
    await assertWritable(path, "");
    for (const it of left) await assert.rejects(Deno.stat(it));
    for (const it of [...others, written]) await Deno.stat(it);
  }
  await assertWritable(path, "");
  await assert.rejects(Deno.stat(written));
});

Deno.test("writeFileWhole() locks what it writes, and names the file if it can't", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/file`;
  const old = new Date(Date.now() - 120_000);
  let swept = "";
  await writeFileWhole(
    path,
    new ReadableStream({
      async pull(controller) {
        const [part] = await namesIn(folder.path);
        await Deno.utime(`${folder.path}/${part}`, old, old);
        await assertWritable(path, "");
        swept = (await namesIn(folder.path)).includes(part!) ? "no" : "yes";
        controller.close();
      },
    }, { highWaterMark: 0 }),
  );
  assert.equal(swept, "no");
  await Deno.mkdir(`${folder.path}/taken`);
  await assert.rejects(
    writeFileWhole(`${folder.path}/taken`, streamOf(["a"])),
    {
      name: "FileError",
      message: `Cannot write ${folder.path}/taken: it is a folder`,
    },
  );
  assert.deepEqual(await namesIn(folder.path), ["file", "taken"]);
});

Deno.test({
  name:
    "assertWritable() asks for the folder, as files of other names go there",
  permissions: { read: true, write: false },
  fn: () =>
    assert.rejects(assertWritable("/nobody/may/file", ""), {
      name: "NotCapable",
      message: /^Requires write access to "\/nobody\/may"/,
    }),
});

function streamOf(
  parts: readonly string[],
  error?: Error,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const left = [...parts];
  return new ReadableStream({
    pull(controller) {
      const part = left.shift();
      if (part !== undefined) controller.enqueue(encoder.encode(part));
      else if (error !== undefined) controller.error(error);
      else controller.close();
    },
  });
}
