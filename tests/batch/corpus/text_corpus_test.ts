import assert from "node:assert/strict";
import { openCorpus } from "../../../src/batch/corpus/open_corpus.ts";
import { temporaryFolder } from "../../weights/store/temporary_folder.ts";
import { rowsOf } from "./rows_of.ts";

const encoder = new TextEncoder();

/** Opens a list's bytes as a corpus. */
async function corpusOf(folder: string, list: string | Uint8Array) {
  const path = `${folder}/list.txt`;
  await Deno.writeFile(
    path,
    typeof list === "string" ? encoder.encode(list) : list,
  );
  return await openCorpus(path);
}

/** The URLs in a list. */
async function urlsOf(list: string | Uint8Array): Promise<string[]> {
  await using folder = await temporaryFolder();
  const rows = await rowsOf(await corpusOf(folder.path, list));
  return rows.map(({ url }) => url);
}

/** Asserts that a list is refused, with a message that ends in `reason`. */
async function assertRefused(list: string | Uint8Array, reason: string) {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/list.txt`;
  const read = async () => await rowsOf(await corpusOf(folder.path, list));
  await assert.rejects(read, {
    name: "ArgumentError",
    message: `Cannot use ${path} as a corpus of images: ${reason}`,
  });
}

const LISTS: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  "Unix lines": ["a.jpg\nb c.jpg \n", ["a.jpg", "b c.jpg "]],
  "Windows lines and a byte order mark": [
    "\ufeffä.jpg\r\n\r\nb.jpg",
    ["ä.jpg", "b.jpg"],
  ],
  "a mark in a later line": ["a\n\ufeffb\n", ["a", "\ufeffb"]],
  "NUL between the paths": ["a\n.jpg\0\t b\r\0", ["a\n.jpg", "\t b\r"]],
  "addresses": [
    "https://a.example/ä?b,c\nHTTP://a.example/1\ns3://b/c d.jpg\nfile:///tmp/a%20b.jpg\n/c/d.jpg\n./e:1.jpg\n2:1.jpg\n{a}.jpg",
    [
      "https://a.example/ä?b,c",
      "HTTP://a.example/1",
      "s3://b/c d.jpg",
      "/tmp/a b.jpg",
      "/c/d.jpg",
      "./e:1.jpg",
      "2:1.jpg",
      "{a}.jpg",
    ],
  ],
  "nothing": ["", []],
  "empty lines": ["\n\r\n\n", []],
};

for (const [what, [list, urls]] of Object.entries(LISTS)) {
  Deno.test({
    name: `a list with ${what} is read`,
    ignore: Deno.build.os === "windows" && what === "addresses",
    fn: async () => assert.deepEqual(await urlsOf(list), urls),
  });
}

Deno.test("a list that is longer than what is read at once is read", async () => {
  const lines = Array.from({ length: 40_000 }, (_, i) => `photos/ä ${i}.jpg`);
  assert.deepEqual(await urlsOf(lines.join("\r\n")), lines);
  const long = ["a".repeat(65_536), "b"];
  assert.deepEqual(await urlsOf(long.join("\n")), long);
});

Deno.test("a list's lines that begin with # are paths, and are noted", async () => {
  await using folder = await temporaryFolder();
  const corpus = await corpusOf(folder.path, "#1.jpg\na.jpg\n# b\n");
  assert.equal((await rowsOf(corpus)).length, 3);
  assert.deepEqual(corpus.notes, [
    '2 lines begin with "#", and are taken as paths: a list has no comments',
  ]);
  assert.equal(corpus.root, Deno.cwd());
  assert.deepEqual(corpus.columns, []);
});

Deno.test("a list of addresses and whole paths has no root, so that plans don't differ", async () => {
  await using folder = await temporaryFolder();
  const whole = Deno.build.os === "windows" ? "C:/a.jpg" : "/a.jpg";
  const list = `https://a.example/1\n${whole}\ns3://b/c\n`;
  const corpus = await corpusOf(folder.path, list);
  assert.equal((await rowsOf(corpus)).length, 3);
  assert.equal(corpus.root, undefined);
});

const MUST = "must be a path, or an address of http, https, s3 or file:";
const REFUSED: Readonly<
  Record<string, readonly [string | Uint8Array, string]>
> = {
  "another scheme": ["a\nftp://a/b\n", `its line 2 ${MUST} it is "ftp://a/b"`],
  "data": [
    "data:image/png;base64,AA\n",
    `its line 1 ${MUST} it is "data:image/png;base64,AA"`,
  ],
  "a space in an address": [
    "http://a/b c\n",
    `its line 1 ${MUST} an address has no spaces, but %20: "http://a/b c"`,
  ],
  "a malformed address": [
    "http://[/\n",
    `its line 1 ${MUST} its address isn't well-formed: "http://[/"`,
  ],
  "a bucket without a key": [
    "s3://a/\n",
    `its line 1 ${MUST} it has no bucket or no key: "s3://a/"`,
  ],
  "a file of another machine": [
    "file://a/b\n",
    `its line 1 ${MUST} its address is of no file: "file://a/b"`,
  ],
  "a tab": [
    "\na\tb\n",
    `its line 2 ${MUST} it has "\\t", which only a list with NUL between its entries can have`,
  ],
  "a long line": [
    `a\n${"b".repeat(65_537)}\nc`,
    "its line 2 has more than 65536 bytes: is it a list?",
  ],
  "a very long line": [
    `a\n${"b".repeat(400_000)}`,
    "its line 2 has more than 65536 bytes: is it a list?",
  ],
  "bytes that aren't UTF-8": [
    new Uint8Array([97, 10, 10, 255, 10]),
    "its line 3 isn't UTF-8: it must be a text file with a path or an address a line, or Parquet",
  ],
  "UTF-16": [
    new Uint8Array([255, 254, 97, 0, 10, 0]),
    "it is UTF-16: save it as UTF-8",
  ],
  "JSON lines": [
    '{"url":"a.jpg"}\n',
    'it begins like JSON, and a list has a path or an address a line: "{\\"url\\":\\"a.jpg\\"}"',
  ],
  "JSON": [
    '[\n "a.jpg"]\n',
    'it begins like JSON, and a list has a path or an address a line: "["',
  ],
  "a table": [
    "URL,caption\nhttp://a/b,c\n",
    'it begins like the header of a table, and a list has a path or an address a line: "URL,caption"',
  ],
};

for (const [what, [list, reason]] of Object.entries(REFUSED)) {
  Deno.test(`a list with ${what} is refused`, async () => {
    await assertRefused(list, reason);
  });
}
