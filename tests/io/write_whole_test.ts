import assert from "node:assert/strict";
import {
  PART_ENDING,
  retryWhileOpen,
  writeWhole,
} from "../../src/io/write_whole.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("writeWhole() replaces a file and leaves nothing beside it", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/a b.json`;
  await writeWhole(path, bytesOf("a first text"));
  await writeWhole(path, bytesOf("another"));
  assert.equal(await Deno.readTextFile(path), "another");
  assert.deepEqual(Array.from(Deno.readDirSync(folder), (it) => it.name), [
    "a b.json",
  ]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("writeWhole() leaves nothing where it fails", async () => {
  const folder = await Deno.makeTempDir();
  // A file can't replace a folder.
  await Deno.mkdir(`${folder}/taken`);
  await assert.rejects(writeWhole(`${folder}/taken`, bytesOf("x")), {
    code: "EISDIR",
  });
  assert.deepEqual(Array.from(Deno.readDirSync(folder), (it) => it.name), [
    "taken",
  ]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("writeWhole()'s leftovers are known by their names", async () => {
  const folder = await Deno.makeTempDir();
  const { rename } = Deno;
  const seen: string[] = [];
  Deno.rename = (from, to) => {
    seen.push(`${from}`);
    return rename(from, to);
  };
  try {
    await writeWhole(`${folder}/a.json`, bytesOf("x"));
  } finally {
    Deno.rename = rename;
  }
  assert.equal(seen.length, 1);
  assert.equal(seen[0]!.replace(PART_ENDING, ""), `${folder}/a.json`);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("on Windows a file that another program has open is waited for", async () => {
  const fails = (times: number, code: string) => {
    let tries = 0;
    return () =>
      ++tries > times
        ? Promise.resolve()
        : Promise.reject(Object.assign(new Error(`try ${tries}`), { code }));
  };
  await retryWhileOpen(fails(3, "EACCES"), true, [0, 0, 0]);
  await assert.rejects(retryWhileOpen(fails(4, "EBUSY"), true, [0, 0, 0]), {
    message: "try 4",
  });
  await assert.rejects(retryWhileOpen(fails(1, "ENOSPC"), true, [0, 0, 0]), {
    message: "try 1",
  });
  await assert.rejects(retryWhileOpen(fails(1, "EACCES"), false, [0]), {
    message: "try 1",
  });
});
