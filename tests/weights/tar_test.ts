import assert from "node:assert/strict";
import { unpack } from "../../src/weights/tar.ts";
import { modelBytes } from "./store/model_bytes.ts";
import { archiveOf, gzip } from "./npm_archive.ts";

const LIMIT = 1_000_000;
const LONG = `package/${"long/".repeat(25)}name.js`;
const FILES = [
  { name: "package/a.js", bytes: modelBytes(70_000, 1) },
  { name: "package/empty.js", bytes: new Uint8Array() },
  { name: "package/b.js", bytes: modelBytes(512, 2) },
  { name: LONG, bytes: modelBytes(513, 3) },
  { name: "package/not asked for", bytes: modelBytes(1000, 4) },
];

Deno.test("unpack() gives the files that are asked for", async () => {
  const archive = await archiveOf(FILES);
  for (const names of [["package/b.js"], FILES.map((it) => it.name), []]) {
    const files = await unpack(archive, names, LIMIT);
    assert.deepEqual([...files.keys()].sort(), [...names].sort());
    for (const [name, bytes] of files) {
      assert.deepEqual(bytes, FILES.find((it) => it.name === name)!.bytes);
    }
  }
});

Deno.test("unpack() takes neither links nor folders for files", async () => {
  for (const type of ["1", "2", "5", "x", "g"]) {
    const archive = await archiveOf([{ ...FILES[0]!, type }]);
    await assert.rejects(
      unpack(archive, ["package/a.js"], LIMIT),
      /must have package\/a\.js: it hasn't$/,
    );
  }
});

Deno.test("unpack() refuses what is cut off, wherever it is", async () => {
  const archive = await archiveOf(FILES);
  const names = FILES.map((it) => it.name);
  for (let length = 0; length < archive.length - 100; length += 1009) {
    await assert.rejects(
      unpack(archive.subarray(0, length), names, LIMIT),
      { name: "CorruptWeightsError" },
    );
  }
});

Deno.test("unpack() refuses what isn't an archive", async () => {
  for (const bytes of [new Uint8Array(), modelBytes(5000)]) {
    for (const archive of [bytes, await gzip(new Blob([bytes]))]) {
      await assert.rejects(
        unpack(archive, ["package/a.js"], LIMIT),
        { name: "CorruptWeightsError" },
      );
    }
  }
});

Deno.test("unpack() makes no more of an archive than it may", async () => {
  const zeros = new Uint8Array(2 * LIMIT);
  const bombs = [
    await archiveOf([{ name: "package/other", bytes: zeros }, ...FILES]),
    await archiveOf([{ name: "package/a.js", bytes: zeros }]),
    // Its header states more than fits in memory.
    await archiveOf([{ ...FILES[0]!, size: 2 ** 33 - 1 }]),
  ];
  for (const bomb of bombs) {
    await assert.rejects(
      unpack(bomb, ["package/a.js"], LIMIT),
      /must have <= 1000000 bytes: it has more$/,
    );
  }
});
