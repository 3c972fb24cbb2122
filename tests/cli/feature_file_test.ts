import assert from "node:assert/strict";
import {
  openFeatureFile,
  rowsPath,
  type VersionedFile,
} from "../../src/cli/feature_file.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";
import { parseNpy } from "./parse_npy.ts";

const FILES = ["a.jpg", "b.jpg", "c.jpg"];
type Versions = Readonly<Record<string, string | undefined>>;

const versioned = (file: string, versions: Versions = {}) => ({
  file,
  version: file in versions ? versions[file] : "1",
});

/** The images in their current versions, except where a version is given. */
const all = (files: readonly string[], versions?: Versions) =>
  files.map((file) => versioned(file, versions));

const IMAGES = all(FILES);
const [A, B, C] = IMAGES as [VersionedFile, VersionedFile, VersionedFile];

const CONDITIONS = { models: ["m"] };

const rowOf = (value: number) => new Float32Array([value, -value]);

async function open(path: string, files = FILES, conditions = CONDITIONS) {
  return await openFeatureFile(path, all(files), 2, conditions);
}

async function arrayOf(path: string) {
  return parseNpy(await Deno.readFile(path));
}

Deno.test("openFeatureFile() makes an array that can be read after each row", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/f.npy`;
  {
    using file = await open(path);
    assert.equal(file.done, 0);
    assert.deepEqual((await arrayOf(path)).shape, [0, 2]);
    file.add(A, rowOf(1));
    assert.deepEqual((await arrayOf(path)).shape, [1, 2]);
    file.fail(B, "broken");
  }
  using file = await open(path);
  assert.equal(file.done, 2);
  assert.equal(file.failed, 1);
  assert.deepEqual([...file.rows()], [
    { file: "a.jpg", error: undefined },
    { file: "b.jpg", error: "broken" },
  ]);
  file.add(C, rowOf(3));
  const { shape, values } = await arrayOf(path);
  assert.deepEqual(shape, [3, 2]);
  assert.deepEqual([...values], [1, -1, NaN, NaN, 3, -3]);
});

Deno.test("openFeatureFile() goes on from the last whole row, wherever a crash struck", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/f.npy`;
  {
    using file = await open(path);
    for (const [i, image] of IMAGES.entries()) file.add(image, rowOf(i));
  }
  const array = await Deno.readFile(path);
  const lines = await Deno.readFile(rowsPath(path));
  for (let rowBytes = 0; rowBytes <= 24; rowBytes++) {
    for (const lineBytes of [60, lines.length - 25, lines.length - 1]) {
      await Deno.writeFile(
        path,
        array.subarray(0, array.length - 24 + rowBytes),
      );
      await Deno.writeFile(rowsPath(path), lines.subarray(0, lineBytes));
      const count = Math.min(
        Math.floor(rowBytes / 8),
        lines.subarray(0, lineBytes).filter((it) => it === 10).length - 1,
      );
      if (count < 0 || (lineBytes === 60 && rowBytes >= 8)) continue;
      using file = await open(path);
      assert.equal(file.done, count);
      for (let i = count; i < 3; i++) file.add(IMAGES[i]!, rowOf(i));
      assert.deepEqual(await Deno.readFile(path), array);
      assert.deepEqual(await Deno.readFile(rowsPath(path)), lines);
    }
  }
});

Deno.test("openFeatureFile() refuses other images, conditions and files, and leaves them", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/f.npy`;
  {
    using file = await open(path);
    file.add(A, rowOf(1));
    file.add(B, rowOf(2));
  }
  const before = await Deno.readFile(path);
  await assert.rejects(open(path, ["a.jpg", "c.jpg"]), {
    name: "ArgumentError",
    message:
      `Cannot resume ${path} as its row 2 is of b.jpg: now c.jpg is there. Name the images that it was begun with, in their order and more only after them, or another file`,
  });
  await assert.rejects(open(path, ["a.jpg"]), /now nothing is there/);
  await assert.rejects(
    open(path, FILES, { models: ["n"] }),
    /as it was begun with other models/,
  );
  assert.deepEqual(await Deno.readFile(path), before);

  const other = `${folder.path}/other.npy`;
  await Deno.writeTextFile(other, "notes");
  await assert.rejects(open(other), /isn't an array of rows of 2 features/);
  assert.equal(await Deno.readTextFile(other), "notes");
  const unnamed = `${folder.path}/unnamed.npy`;
  await Deno.writeFile(unnamed, before);
  await assert.rejects(open(unnamed), /says what its rows are of/);
  assert.deepEqual(await Deno.readFile(unnamed), before);
  // A refused file leaves no other file behind, and deletes none.
  for (const it of [other, unnamed]) {
    await assert.rejects(Deno.stat(rowsPath(it)), { name: "NotFound" });
  }
  await Deno.copyFile(rowsPath(path), rowsPath(other));
  await assert.rejects(open(other), /isn't an array of rows of 2 features/);
  await Deno.stat(rowsPath(other));
});

Deno.test("openFeatureFile() cuts off rows from the first whose image was changed", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/f.npy`;
  const reopened = (versions: Versions) =>
    openFeatureFile(path, all(FILES, versions), 2, CONDITIONS);
  {
    using file = await reopened({});
    file.add(A, rowOf(1));
    file.fail(B, "broken");
    file.add(C, rowOf(3));
  }
  {
    using file = await reopened({});
    assert.deepEqual([file.done, file.outdated], [3, undefined]);
  }
  {
    using file = await reopened({ "b.jpg": "2" });
    assert.deepEqual([file.done, file.outdated], [1, "b.jpg"]);
    assert.equal(file.failed, 0);
    assert.equal([...file.rows()].length, 1);
    assert.deepEqual((await arrayOf(path)).shape, [1, 2]);
    file.add(versioned("b.jpg", { "b.jpg": "2" }), rowOf(4));
    file.add(C, rowOf(5));
  }
  {
    using file = await reopened({ "b.jpg": "2" });
    assert.equal(file.done, 3);
  }
  assert.deepEqual([...(await arrayOf(path)).values], [1, -1, 4, -4, 5, -5]);
  // Without a version, changes can't be detected.
  using file = await reopened({ "a.jpg": undefined, "b.jpg": "2" });
  assert.deepEqual([file.done, file.outdated], [0, "a.jpg"]);
});

Deno.test("openFeatureFile() asks for no more images than it has rows, and one", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/f.npy`;
  let asked = 0;
  async function* endless() {
    while (true) yield await versioned(`${asked++}.jpg`);
  }
  for (const rows of [0, 3]) {
    asked = 0;
    using file = await openFeatureFile(path, endless(), 2, CONDITIONS);
    assert.deepEqual([file.done, asked], [rows, rows + 1]);
    for (let i = 0; i < 3; i++) file.add(versioned(`${i}.jpg`), rowOf(i));
    if (rows === 0) assert.deepEqual([...file.rows()], []);
  }
});

Deno.test("openFeatureFile() refuses other images after one that was changed, and cuts off nothing", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/f.npy`;
  {
    using file = await open(path);
    for (const [i, image] of IMAGES.entries()) file.add(image, rowOf(i));
  }
  const before = [
    await Deno.readFile(path),
    await Deno.readFile(rowsPath(path)),
  ];
  const others = all(["a.jpg", "b.jpg", "d.jpg"], { "a.jpg": "2" });
  await assert.rejects(openFeatureFile(path, others, 2, CONDITIONS), {
    message: /as its row 3 is of c\.jpg: now d\.jpg is there/,
  });
  assert.deepEqual(
    [await Deno.readFile(path), await Deno.readFile(rowsPath(path))],
    before,
  );
});

Deno.test("openFeatureFile() runs again what has no version, as lines once had none", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/f.npy`;
  {
    using file = await open(path);
    for (const [i, image] of IMAGES.entries()) file.add(image, rowOf(i));
  }
  const lines = await Deno.readTextFile(rowsPath(path));
  assert.match(lines, /"version":"1"/);
  await Deno.writeTextFile(
    rowsPath(path),
    lines.replaceAll(',"version":"1"', ""),
  );
  using file = await open(path);
  assert.deepEqual([file.done, file.outdated], [0, "a.jpg"]);
});
