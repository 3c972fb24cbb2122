/** Here, Deno implements Node's modules; `tests/npm` runs the same tests in Node. */
import assert from "node:assert/strict";
import { nodeSystem } from "../../../src/cli/node/system.ts";
import { SEEK, type System } from "../../../src/cli/system.ts";
import { folderWith } from "../folder_with.ts";

const deno: System = Deno;

Deno.test("stat() and readDir() say of Node's what Deno says", async () => {
  await using folder = await folderWith(["a.jpg", "below/b.jpg"]);
  await Deno.symlink(`${folder.path}/a.jpg`, `${folder.path}/link`);
  for (const name of [".", "a.jpg", "below", "link"]) {
    const path = `${folder.path}/${name}`;
    const { isFile, isDirectory, size, mtime, dev, ino } = await deno.stat(
      path,
    );
    assert.deepEqual(await nodeSystem.stat(path), {
      ...{ isFile, isDirectory, size, mtime, dev, ino },
    });
    assert.equal(await nodeSystem.realPath(path), await deno.realPath(path));
  }
  const entriesOf = async (system: System) => {
    const entries = [];
    for await (const it of system.readDir(folder.path)) entries.push({ ...it });
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  };
  assert.deepEqual(await entriesOf(nodeSystem), await entriesOf(deno));
});

Deno.test("open files of Node read, write, seek and cut off as Deno's do", async () => {
  const results = [];
  for (const system of [nodeSystem, deno]) {
    await using folder = await folderWith([]);
    const path = `${folder.path}/f`;
    const create = { read: true, write: true, createNew: true };
    const file = await system.open(path, create);
    await assert.rejects(system.open(path, create), { code: "EEXIST" });
    file.writeSync(bytes("0123456789"));
    file.seekSync(2, SEEK.start);
    file.writeSync(bytes("ab"));
    const found = [text(file)];
    file.seekSync(0, SEEK.end);
    await file.write(bytes("!"));
    file.truncateSync(6);
    file.seekSync(0, SEEK.start);
    found.push(text(file), text(file), `${file.statSync().size}`);
    await file.sync();
    file.close();

    const append = { read: true, write: true, append: true };
    using first = await system.open(path, append);
    using second = system.openSync(path, append);
    for (const [i, it] of [first, second, first].entries()) {
      it.seekSync(0, SEEK.start);
      it.writeSync(bytes(`${i}`));
    }
    const { readable } = await system.open(path);
    found.push(await new Response(readable).text());
    results.push(found);
  }
  assert.deepEqual(results[0], results[1]);
  assert.deepEqual(results[0], ["456789", "01ab45", "", "6", "01ab45012"]);
});

Deno.test("a listener of Node gives connections whose sides end one by one", async () => {
  const listener = await nodeSystem.listen({ hostname: "127.0.0.1", port: 0 });
  using client = await Deno.connect({ port: listener.addr.port });
  const connection = await listener.accept();
  assert.equal(connection.remoteAddr.hostname, "127.0.0.1");
  await client.write(bytes("hello"));
  await client.closeWrite();
  const part = new Uint8Array(3);
  assert.equal(await connection.read(part), 3);
  assert.deepEqual(part, bytes("hel"));
  assert.equal(await connection.read(part), 2);
  assert.equal(await connection.read(part), null);
  assert.equal(await connection.write(bytes("bye")), 3);
  await connection.closeWrite();
  assert.equal(await new Response(client.readable).text(), "bye");
  connection.close();
  const next = listener.accept();
  listener.close();
  await assert.rejects(next, /Listens no more/);
});

const bytes = (text: string) => new TextEncoder().encode(text);

/** The text of a file from its current position on. */
function text(file: { readSync(bytes: Uint8Array): number | null }): string {
  const part = new Uint8Array(100);
  return new TextDecoder().decode(part.subarray(0, file.readSync(part) ?? 0));
}
