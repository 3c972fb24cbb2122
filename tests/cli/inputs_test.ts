import assert from "node:assert/strict";
import { findInputs, readBytes } from "../../src/cli/inputs.ts";

Deno.test("findInputs() takes a glob with two slashes for one with one", async () => {
  const photos = new URL("../../examples/photos/", import.meta.url).pathname;
  const { files } = await findInputs([`${photos}/dr*.jpg`]);
  assert.deepEqual(files, [`${photos}dragonfly.jpg`, `${photos}drum.jpg`]);
});

Deno.test("readBytes() gives what is in a file", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "photo");
  assert.equal(new TextDecoder().decode(await readBytes(path)), "photo");
  await Deno.remove(path);
  await assert.rejects(readBytes(path), Deno.errors.NotFound);
});

Deno.test({
  name: "readBytes() opens a pipe once, and reads it to its end",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const writing = Deno.writeTextFile(pipe, "photo ".repeat(1e5));
    const bytes = await readBytes(pipe);
    await writing;
    assert.equal(bytes.length, 6e5);
    await Deno.remove(folder, { recursive: true });
  },
});
