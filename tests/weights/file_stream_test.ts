import assert from "node:assert/strict";
import { streamFile } from "../../src/weights/file_stream.ts";
import { openFile } from "../../src/io/open_file.ts";
import { filled } from "../filled.ts";

const BYTES = filled(Uint8Array, 700_000, (i) => i * 7);

Deno.test("openFile() gives a file's size and bytes, and undefined where there is none", async () => {
  await using file = await temporaryFile();
  const opened = (await openFile(file.path))!;
  assert.equal(opened.size, BYTES.length);
  const found = new Uint8Array(BYTES.length + 1);
  let length = 0;
  while (true) {
    const count = await opened.read(found.subarray(length, length + 300_000));
    if (count === 0) break;
    length += count;
  }
  assert.deepEqual(found.subarray(0, length), BYTES);
  await opened.close();
  await opened.close();

  const folder = file.path.slice(0, file.path.lastIndexOf("/"));
  for (const path of [`${file.path}x`, `${file.path}/x`, folder]) {
    assert.equal(await openFile(path), undefined, path);
  }
});

Deno.test("streamFile() gives a file's bytes, into the reader's buffer or its own", async () => {
  await using file = await temporaryFile();
  const own = (await openFile(file.path))!;
  const stream = streamFile(own.read, own.close);
  assert.deepEqual(
    new Uint8Array(await new Response(stream).arrayBuffer()),
    BYTES,
  );

  const other = (await openFile(file.path))!;
  const reader = streamFile(other.read, other.close)
    .getReader({ mode: "byob" });
  const found: number[] = [];
  let buffer = new ArrayBuffer(65_536);
  while (true) {
    const { done, value } = await reader.read(new Uint8Array(buffer));
    if (done) break;
    found.push(...value);
    buffer = value.buffer;
  }
  assert.deepEqual(Uint8Array.from(found), BYTES);
});

Deno.test("streamFile() closes once: at the end, when it is cancelled, on an error", async () => {
  const streams = (read: () => Promise<number>) => {
    let closed = 0;
    const close = () => Promise.resolve(void closed++);
    return { stream: streamFile(read, close), closed: () => closed };
  };
  const whole = streams(() => Promise.resolve(0));
  await new Response(whole.stream).arrayBuffer();
  assert.equal(whole.closed(), 1);

  const cancelled = streams(() => Promise.resolve(1));
  await cancelled.stream.cancel();
  assert.equal(cancelled.closed(), 1);

  const broken = streams(() => Promise.reject(new Error("a bad disk")));
  await assert.rejects(new Response(broken.stream).arrayBuffer(), /a bad disk/);
  assert.equal(broken.closed(), 1);
});

async function temporaryFile() {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, BYTES);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}
