import assert from "node:assert/strict";
import { bucketCorpus } from "../../../src/batch/corpus/bucket_corpus.ts";
import type { Corpus } from "../../../src/batch/corpus/corpus.ts";
import { createS3 } from "../../../src/batch/s3/s3_client.ts";
import { writeTable } from "../../../src/batch/write_table.ts";
import { type S3Server, startS3 } from "../s3/s3_server.ts";
import { rowsOf } from "./rows_of.ts";

/** Runs a test with a bucket of these objects. */
function test(
  name: string,
  objects: Readonly<Record<string, string | Uint8Array>>,
  run: (
    open: (address: string, urlColumn?: string) => Promise<Corpus>,
    server: S3Server,
  ) => Promise<void>,
): void {
  Deno.test(name, async () => {
    await using server = startS3();
    for (const [key, content] of Object.entries(objects)) {
      const bytes = typeof content === "string"
        ? new TextEncoder().encode(content)
        : content;
      server.objects.set(`photos/${key}`, bytes);
    }
    const client = await createS3(server.settings, { pauses: [] });
    await run(
      (address, urlColumn) =>
        bucketCorpus(address, urlColumn, () => Promise.resolve(client)),
      server,
    );
  });
}

const PHOTOS = {
  "a/": "",
  "a/b c#?.JPG": "",
  "a/b/c.webp": "",
  "a/b/notes.txt": "",
  "a/b/notes": "",
  "a/.hidden.jpg": "",
  "a/.thumbs/c.jpg": "",
  "a/é+.png": "",
  "ab.jpg": "",
};

test(
  "a prefix's images are the corpus, in the order of their keys",
  PHOTOS,
  async (open) => {
    const corpus = await open("s3://photos/a/");
    assert.deepEqual(await rowsOf(corpus), [
      { url: "s3://photos/a/b c#?.JPG", values: [] },
      { url: "s3://photos/a/b/c.webp", values: [] },
      { url: "s3://photos/a/é+.png", values: [] },
    ]);
    assert.equal(corpus.root, undefined);
    assert.equal(corpus.address, "s3://photos/a/");
    const skipped = "skipped 4 files: 2 hidden, 1 without an extension, 1 .txt";
    assert.equal(corpus.skipped, skipped);
    assert.deepEqual(corpus.notes, []);
    // A second read counts again.
    await rowsOf(corpus);
    assert.equal(corpus.skipped, skipped);
    for (const address of ["s3://photos", "s3://photos/"]) {
      const urls = (await rowsOf(await open(address))).map(({ url }) => url);
      assert.equal(urls.at(-1), "s3://photos/ab.jpg");
      assert.equal(urls.length, 4);
    }
  },
);

test("keys that no URL can have are left out, and noted", {
  "a/../b.jpg": "",
  "a/b.jpg": "",
}, async (open) => {
  const corpus = await open("s3://photos/");
  assert.equal((await rowsOf(corpus)).length, 1);
  assert.deepEqual(corpus.notes, [
    '1 key with "." or ".." between slashes left out, as no URL can have them',
  ]);
});

test("an object lists images as a file does", {
  "list.txt": "s3://photos/a.jpg\n\nhttps://a.example/b.jpg\nc.jpg",
  "list.jsonl": '{"url":"a.jpg"}\n',
  "empty.txt": "",
}, async (open) => {
  const corpus = await open("s3://photos/list.txt");
  assert.deepEqual((await rowsOf(corpus)).map(({ url }) => url), [
    "s3://photos/a.jpg",
    "https://a.example/b.jpg",
    "c.jpg",
  ]);
  assert.equal(corpus.root, Deno.cwd());
  assert.deepEqual(await rowsOf(await open("s3://photos/empty.txt")), []);
  await assert.rejects(open("s3://photos/list.jsonl"), {
    name: "ArgumentError",
    message: /it begins like JSON/,
  });
});

test("a Parquet object is read by its parts", {}, async (open, server) => {
  const columns = [
    { name: "image", type: "BYTE_ARRAY", converted_type: "UTF8" },
    { name: "id", type: "INT32" },
  ];
  const rows = Array.from({ length: 1000 }, (_, i) => [`${i}.jpg`, i]);
  const table = await writeTable("parquet", { columns, rows }, {});
  server.objects.set("photos/list.parquet", table);
  const corpus = await open("s3://photos/list.parquet", "image");
  const read = await rowsOf(corpus);
  assert.equal(read.length, 1000);
  assert.deepEqual(read[999], { url: "999.jpg", values: [999] });
  assert.equal(corpus.urlColumn, "image");
  server.faults.push(undefined!, () => new Response("short", { status: 206 }));
  await assert.rejects(open("s3://photos/list.parquet", "image"), {
    name: "StorageError",
    message:
      "Cannot read s3://photos/list.parquet: it was changed while it was read",
  });
});

test("what is no corpus is refused", PHOTOS, async (open) => {
  await assert.rejects(open("s3://photos/a"), {
    name: "ArgumentError",
    message:
      "Cannot use s3://photos/a as a corpus of images: there is no such object. The prefix of images ends with a slash: s3://photos/a/",
  });
  await assert.rejects(open("s3://photos/a/", "url"), {
    name: "ArgumentError",
    message: /it isn't Parquet, and has no column "url"/,
  });
  await assert.rejects(rowsOf(await open("s3://others/")), {
    name: "StorageError",
    message: /^Cannot list s3:\/\/others\/: there is no such bucket/,
  });
});
