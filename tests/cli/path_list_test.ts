import assert from "node:assert/strict";
import { openPathList } from "../../src/cli/list_options.ts";
import { testStreams } from "./in_process.ts";

/** Reads a list from standard input, in chunks of a few bytes. */
async function read(
  list: string | Uint8Array,
  { isNull = false, chunk = 5, isReadTwice = false } = {},
) {
  const bytes = typeof list === "string"
    ? new TextEncoder().encode(list)
    : list;
  const parts = Array.from(
    { length: Math.ceil(bytes.length / chunk) },
    (_, i) => bytes.slice(i * chunk, (i + 1) * chunk),
  );
  const streams = {
    ...testStreams(),
    stdin: { readable: ReadableStream.from(parts) },
  };
  const options = { "files-from": "-", null: isNull };
  const opened = await openPathList(streams, options, isReadTwice);
  const once = await Array.fromAsync(opened!.paths());
  if (isReadTwice) {
    assert.deepEqual(await Array.fromAsync(opened!.paths()), once);
  }
  assert.equal(opened!.isRereadable, isReadTwice);
  return once;
}

async function names(...args: Parameters<typeof read>): Promise<string[]> {
  return (await read(...args)).map(({ file }) => file);
}

Deno.test("a list from any system has one path per line", async () => {
  for (const chunk of [1, 2, 3, 5, 8, 1000]) {
    for (const isReadTwice of [false, true]) {
      const options = { chunk, isReadTwice };
      const of = (list: string) => names(list, options);
      assert.deepEqual(await of("a.jpg\nb c.jpg\n"), ["a.jpg", "b c.jpg"]);
      assert.deepEqual(await of("a.jpg\nb.jpg"), ["a.jpg", "b.jpg"]);
      assert.deepEqual(await of("a\r\n\r\n日本.jpg\r\n"), ["a", "日本.jpg"]);
      assert.deepEqual(await of("\ufeffa\n\ufeffb\n"), ["a", "\ufeffb"]);
      assert.deepEqual(await of("\n\n a \n#b\n*.jpg\n-x\n\n"), [
        ...[" a ", "#b", "*.jpg", "-x"],
      ]);
      assert.deepEqual(await of("a\na\n-\n"), ["a", "a", "./-"]);
      assert.deepEqual(await of(""), []);
      assert.deepEqual(await of("\r\n\n"), []);
    }
  }
});

Deno.test("with --null a list has any names", async () => {
  for (const chunk of [1, 4, 1000]) {
    const of = (list: string) => names(list, { isNull: true, chunk });
    assert.deepEqual(await of("a\nb\r\n\0 c\0\0d"), ["a\nb\r\n", " c", "d"]);
    assert.deepEqual(await of("\ufeffa\0-\0"), ["\ufeffa", "./-"]);
    assert.deepEqual(await of("\0"), []);
    assert.deepEqual(await of("a"), ["a"]);
  }
});

Deno.test("a name that isn't UTF-8 has a fault, and others go on", async () => {
  const list = Uint8Array.of(97, 10, 98, 0xe9, 10, 99, 10);
  const found = await read(list);
  assert.deepEqual(found.map(({ file }) => file), ["a", "b\ufffd", "c"]);
  assert.deepEqual(found.map(({ fault }) => fault !== undefined), [
    ...[false, true, false],
  ]);
  assert.match(found[1]!.fault!, /isn't UTF-8/);
});

Deno.test("what isn't a list of paths is refused", async () => {
  const utf16 = Uint8Array.of(0xff, 0xfe, 97, 0, 10, 0);
  const long = "a".repeat(2 ** 17 + 1);
  for (
    const [list, isNull, message] of [
      ["a\nb\0c\0", false, /line 2 has a NUL\. Give --null/],
      [utf16, false, /is UTF-16: save it as UTF-8/],
      ["a\nb\n", true, /has lines and no NUL: leave out --null/],
      [long, false, /begins with "a{40}" is longer than any path$/],
      [`${long}\n`, true, /longer than any path\. Leave out --null/],
    ] as const
  ) {
    await assert.rejects(read(list, { isNull, chunk: 1e4 }), {
      code: "invalid-argument",
      message,
    });
  }
});

Deno.test("openPathList() gives none unless it is asked for, and tells files from others", async () => {
  const streams = testStreams();
  const open = (path: string | undefined, isNull = false) =>
    openPathList(streams, { "files-from": path, null: isNull }, false);
  assert.equal(await open(undefined), null);
  await assert.rejects(open(undefined, true), {
    name: "UsageError",
    message: "Cannot use --null without --files-from",
  });
  const folder = await Deno.makeTempDir();
  try {
    await assert.rejects(open(folder), {
      message: `Cannot read ${folder}: it is a folder, not a list of paths`,
    });
    await assert.rejects(open(`${folder}/gone`), {
      message: `Cannot read ${folder}/gone: there is no such file or folder`,
    });
    await Deno.writeTextFile(`${folder}/list`, "a\n");
    const list = await open(`${folder}/list`);
    assert.equal(list!.isRereadable, true);
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(await Array.fromAsync(list!.paths()), [{ file: "a" }]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a list of a million lines is read as its paths are needed", async () => {
  let left = 1000;
  const lines = new TextEncoder().encode(
    Array.from({ length: 1000 }, (_, i) => `photos/folder/${i}.jpg\n`).join(""),
  );
  const streams = {
    ...testStreams(),
    stdin: {
      readable: new ReadableStream<Uint8Array>({
        pull(controller) {
          if (left-- > 0) controller.enqueue(lines);
          else controller.close();
        },
      }, { highWaterMark: 0 }),
    },
  };
  const options = { "files-from": "-", null: false };
  const list = await openPathList(streams, options, false);
  let count = 0;
  for await (const { file } of list!.paths()) {
    if (count === 0) {
      // It has read no more than the first path needs.
      assert.ok(left >= 998, `${left}`);
      assert.equal(file, "photos/folder/0.jpg");
    }
    count++;
  }
  assert.equal(count, 1e6);
});
