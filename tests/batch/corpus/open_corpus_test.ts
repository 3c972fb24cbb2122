import assert from "node:assert/strict";
import { openCorpus } from "../../../src/batch/corpus/open_corpus.ts";
import { folderWith } from "../../cli/folder_with.ts";
import { onFolderRead } from "../../cli/on_folder_read.ts";
import { temporaryFolder } from "../../weights/store/temporary_folder.ts";
import { rowsOf } from "./rows_of.ts";

Deno.test("a folder's images are its corpus, in order, and the rest is noted", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  for (
    const name of [
      "b/a.png",
      "b/.h/x.jpg",
      "ä.JPG",
      "c.txt",
      ".d.jpg",
      "file:1.jpg",
    ]
  ) {
    await Deno.mkdir(`${path}/${name}`.replace(/\/[^/]*$/, ""), {
      recursive: true,
    });
    await Deno.writeTextFile(`${path}/${name}`, "");
  }
  await Deno.symlink("b", `${path}/link`);
  const corpus = await openCorpus(path);
  const { address, columns, root } = corpus;
  assert.deepEqual({ address, columns, root }, {
    address: path,
    columns: [],
    root: path,
  });
  assert.equal(corpus.skipped, undefined);
  const expected = ["b/a.png", "./file:1.jpg", "ä.JPG"]
    .map((url) => ({ url, values: [] }));
  const skipped =
    "skipped 3 files: 2 hidden, 1 .txt; 1 folder behind a link: link";
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(await rowsOf(corpus), expected);
    assert.equal(corpus.skipped, skipped);
    assert.deepEqual(corpus.notes, []);
  }
});

Deno.test("a folder that its permissions close is left out, and one that fails ends the walk", async () => {
  await using folder = await folderWith(["a/1.jpg", "b/2.jpg", "c/3.jpg"]);
  const corpus = await openCorpus(folder.path);
  const failing = (code: string) =>
    onFolderRead((path) => {
      if (!path.endsWith("/b")) return;
      throw Object.assign(new Error("not now"), { code });
    });
  {
    using _ = failing("EACCES");
    const urls = (await rowsOf(corpus)).map(({ url }) => url);
    assert.deepEqual(urls, ["a/1.jpg", "c/3.jpg"]);
    assert.deepEqual(corpus.notes, [
      "the images of 1 folder are left out, as they can't be read: b: its permissions don't allow it",
    ]);
  }
  {
    using _ = failing("EIO");
    await assert.rejects(rowsOf(corpus), {
      name: "StorageError",
      message:
        `Cannot read the folder ${folder.path}/b: the disk reports a fault`,
    });
  }
});

Deno.test("a corpus that isn't there or can't be one is refused", async () => {
  await using folder = await temporaryFolder();
  const refused = async (source: string, reason: string, options = {}) =>
    await assert.rejects(openCorpus(source, options), {
      name: "ArgumentError",
      message: `Cannot use ${source} as a corpus of images: ${reason}`,
    });
  await refused(`${folder.path}/a`, "there is no such file or folder");
  await refused("https://a/b.txt", "download it, and give the file");
  await refused("ftp://a/b.txt", "download it, and give the file");
  await refused(
    folder.path,
    'it isn\'t Parquet, and has no column "a": leave out --url-column, or urlColumn',
    { urlColumn: "a" },
  );
  const url = new URL(`file://${folder.path}`).href;
  assert.equal((await openCorpus(url)).root, folder.path);
  await assert.rejects(openCorpus(""), { name: "ArgumentError" });
  await assert.rejects(openCorpus(1 as never), { name: "ArgumentError" });
  const misspelled = { urlcolumn: "a" } as never;
  await assert.rejects(openCorpus(folder.path, misspelled), {
    name: "ArgumentError",
    message: /urlcolumn/,
  });
});
