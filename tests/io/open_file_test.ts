import assert from "node:assert/strict";
import { openFile, readByteSource } from "../../src/io/open_file.ts";

/** A source that returns at most `most` bytes at a time. */
function sourceOf(bytes: Uint8Array, most: number) {
  const source = {
    closed: 0,
    read(target: Uint8Array) {
      const part = bytes.subarray(0, Math.min(most, target.length));
      target.set(part);
      bytes = bytes.subarray(part.length);
      return Promise.resolve(part.length);
    },
    close() {
      source.closed++;
      return Promise.resolve();
    },
  };
  return source;
}

Deno.test("readByteSource() gives all bytes, whatever size was expected", async () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i);
  for (const size of [0, 1, 999, 1000, 1001, 1e9]) {
    for (const most of [1, 7, 1000]) {
      const source = sourceOf(bytes, most);
      assert.deepEqual(await readByteSource(source, size, 1000), bytes);
      assert.equal(source.closed, 1);
    }
  }
});

Deno.test("readByteSource() gives up at more bytes than the limit, and takes no more memory", async () => {
  const largest: number[] = [];
  const source = sourceOf(new Uint8Array(1000), 10);
  const { read } = source;
  source.read = (target) => {
    largest.push(target.buffer.byteLength);
    return read(target);
  };
  assert.equal(await readByteSource(source, 1e9, 99), null);
  assert.equal(Math.max(...largest), 100);
  assert.equal(source.closed, 1);
});

Deno.test("readByteSource() closes a source that fails", async () => {
  const source = sourceOf(new Uint8Array(), 1);
  source.read = () => Promise.reject(new Error("a bad sector"));
  await assert.rejects(readByteSource(source, 10, 10), /a bad sector/);
  assert.equal(source.closed, 1);
});

Deno.test("openFile() gives undefined for what is absent or isn't a file", async () => {
  assert.equal(await openFile(new URL("nosuch", import.meta.url)), undefined);
  assert.equal(await openFile(new URL(".", import.meta.url)), undefined);
});
