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
    // Like another process: locks belong to open files.
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

Deno.test("openLinesFile() reads, adds and cuts off lines of any length", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/lines.jsonl`;
  // Chunks of 65536 bytes end within letters, lines and line breaks.
  const values = Array.from(
    { length: 60 },
    (_, i) => ({ text: "é日".repeat(i % 7 === 0 ? 30_000 : 700 + i) }),
  );
  {
    using file = await openLinesFile(path, HEADER, "lines");
    for (const value of values) file.add(value);
    assert.deepEqual([...file.lines()], []);
  }
  const whole = await Deno.readFile(path);
  const lines = values.map((it) => JSON.stringify(it));
  for (const rest of ["", "{", "x".repeat(100_000)]) {
    await Deno.writeFile(path, whole);
    await Deno.writeTextFile(path, rest, { append: true });
    using file = await openLinesFile(path, HEADER, "lines");
    assert.ok(`${[...file.lines()]}` === `${lines}`);
    assert.deepEqual(await Deno.readFile(path), whole);
  }
  for (const count of [59, 31, 8, 7, 1, 0]) {
    using file = await openLinesFile(path, HEADER, "lines");
    file.cut(count + 1);
    file.cut(count);
    const left = [JSON.stringify(HEADER), ...lines.slice(0, count)];
    assert.ok(await Deno.readTextFile(path) === `${left.join("\n")}\n`);
    // Lines may be appended while others are read.
    let i = 0;
    for (const line of file.lines()) {
      assert.ok(line === lines[i++]);
      file.add({ added: i });
    }
    assert.equal(i, count);
  }
});

Deno.test("openLinesFile() goes on with a first line that was cut within a letter", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/lines.jsonl`;
  const header = { format: "lines 1", name: "é" };
  const bytes = new TextEncoder().encode(JSON.stringify(header));
  for (const length of bytes.keys()) {
    await Deno.writeFile(path, bytes.subarray(0, length));
    using _file = await openLinesFile(path, header, "lines");
    assert.equal(await Deno.readTextFile(path), `${JSON.stringify(header)}\n`);
  }
});

Deno.test("openLinesFile() names a file that it can't open", async () => {
  await using folder = await temporaryFolder();
  await assert.rejects(openLinesFile(folder.path, HEADER, "lines"), {
    message: `Cannot resume ${folder.path}: it is a folder`,
  });
});

Deno.test("openLinesFile() makes the folder of a file", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/none/deep/lines.jsonl`;
  using _file = await openLinesFile(path, HEADER, "lines");
  assert.equal(await Deno.readTextFile(path), `${JSON.stringify(HEADER)}\n`);
});
