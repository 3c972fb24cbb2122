import assert from "node:assert/strict";
import { expectWritable, writeFileWhole } from "../../src/cli/write_file.ts";
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

Deno.test("expectWritable() makes the folder, leaves nothing in it, and refuses what is one", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/new/file`;
  await expectWritable(path);
  assert.deepEqual(await namesIn(`${folder.path}/new`), []);
  await assert.rejects(expectWritable(`${folder.path}/new`), {
    name: "RangeError",
    message: /as it is a folder$/,
  });
});

Deno.test({
  name:
    "expectWritable() asks for the folder, as files of other names go there",
  permissions: { read: true, write: false },
  fn: () =>
    assert.rejects(expectWritable("/nobody/may/file"), {
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
