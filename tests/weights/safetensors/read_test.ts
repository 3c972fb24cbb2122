import assert from "node:assert/strict";
import {
  AbortedError,
  ArgumentError,
  CorruptWeightsError,
} from "../../../src/errors.ts";
import { readSafetensors } from "../../../src/weights/safetensors/read.ts";
import { makeFile, streamOf } from "./files.ts";

const FILE = makeFile({
  __metadata__: { format: "pt" },
  a: { dtype: "U8", shape: [3], data_offsets: [0, 3] },
  b: { dtype: "F32", shape: [2, 4], data_offsets: [3, 35] },
}, 35);
const DATA = FILE.slice(-35);

Deno.test("readSafetensors() places the data, in whatever parts it comes", async () => {
  for (let partLength = 1; partLength <= FILE.length; partLength++) {
    const { stream } = streamOf(FILE, partLength);
    const data = new Uint8Array(35);
    let given: unknown;
    const counts: number[] = [];
    const header = await readSafetensors(stream, (header) => {
      given = header;
      return data;
    }, { size: FILE.length, onBytes: (count) => counts.push(count) });
    assert.deepEqual(data, DATA);
    assert.equal(header, given);
    assert.equal(header.tensors[1]!.name, "b");
    assert.ok(counts.length >= Math.ceil(FILE.length / partLength));
    assert.equal(counts.reduce((a, b) => a + b), FILE.length);
  }
});

Deno.test("readSafetensors() reads from a source that fills memory, and closes it", async () => {
  let offset = 0, closed = 0;
  const source = {
    read(target: Uint8Array) {
      // Like files, it returns any number of bytes, at least 1.
      const part = FILE.subarray(offset, offset + Math.min(target.length, 7));
      target.set(part);
      offset += part.length;
      return Promise.resolve(part.length);
    },
    close: () => Promise.resolve(void closed++),
  };
  const data = new Uint8Array(35);
  await readSafetensors(source, () => data, { size: FILE.length });
  assert.deepEqual(data, DATA);
  assert.equal(closed, 1);

  offset = 5; // Not the start of a file.
  await assert.rejects(readSafetensors(source, () => data));
  assert.equal(closed, 2);
});

Deno.test("readSafetensors() places the data in the middle of a memory that grows for it", async () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  await readSafetensors(streamOf(FILE, 10).stream, ({ dataLength }) => {
    memory.grow(1);
    return new Uint8Array(memory.buffer, 65_530, dataLength);
  });
  const bytes = new Uint8Array(memory.buffer);
  assert.deepEqual(bytes.slice(65_530, 65_565), DATA);
  assert.ok(bytes.subarray(0, 65_530).every((it) => it === 0));
  assert.ok(bytes.subarray(65_565).every((it) => it === 0));
});

Deno.test("readSafetensors() fills several parts of memory, and tells where a file ends", async () => {
  const parts = [0, 7, 0, 20, 8].map((length) => new Uint8Array(length));
  await readSafetensors(streamOf(FILE, 10).stream, () => parts);
  assert.deepEqual(Uint8Array.from(parts.flatMap((it) => [...it])), DATA);
  for (const missing of [1, 8, 9, 34]) {
    const cut = FILE.subarray(0, FILE.length - missing);
    await assert.rejects(
      readSafetensors(streamOf(cut, 10).stream, () => parts),
      {
        name: "CorruptWeightsError",
        message: new RegExp(`the stream ends after ${cut.length}$`),
      },
    );
  }
  await assert.rejects(
    readSafetensors(streamOf(FILE).stream, () => parts.slice(1, -1)),
    {
      name: "ArgumentError",
      message: /must have and keep 35 bytes: it has 27/,
    },
  );
});

Deno.test("readSafetensors() says so when the memory is detached meanwhile", async () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { stream, cancelled } = streamOf(FILE, FILE.length - 10);
  let parts = 0;
  await assert.rejects(
    readSafetensors(
      stream,
      ({ dataLength }) => new Uint8Array(memory.buffer, 0, dataLength),
      // The header's length, the header, the first chunk of data.
      { onBytes: () => ++parts === 3 && memory.grow(1) },
    ),
    (error) => {
      assert.ok(error instanceof ArgumentError);
      assert.match(error.message, /must have and keep 35 bytes: it has 0/);
      return true;
    },
  );
  assert.ok(cancelled());
});

Deno.test("readSafetensors() rejects a memory of another size", async () => {
  for (const length of [34, 36]) {
    const { stream, cancelled } = streamOf(FILE);
    await assert.rejects(
      readSafetensors(stream, () => new Uint8Array(length)),
      new ArgumentError(
        `Cannot place the tensors as their memory must have and keep 35 bytes: it has ${length}`,
      ),
    );
    assert.ok(cancelled());
  }
});

Deno.test("readSafetensors() rejects a stream that is cut anywhere", async () => {
  for (let length = 0; length < FILE.length; length++) {
    const cut = FILE.subarray(0, length);
    for (const size of [undefined, length, FILE.length]) {
      await assert.rejects(
        readSafetensors(streamOf(cut, 7).stream, placeAnew, { size }),
        CorruptWeightsError,
      );
    }
  }
  await assert.rejects(
    readSafetensors(streamOf(FILE.subarray(0, -1)).stream, placeAnew),
    new CorruptWeightsError(
      `Cannot read safetensors as they must have ${FILE.length} bytes: the stream ends after ${
        FILE.length - 1
      }`,
    ),
  );
});

Deno.test("readSafetensors() rejects and cancels a stream that goes on", async () => {
  for (const more of [1, 100_000]) {
    const longer = new Uint8Array(FILE.length + more);
    longer.set(FILE);
    const { stream, cancelled } = streamOf(longer, FILE.length + 1);
    await assert.rejects(
      readSafetensors(stream, placeAnew),
      new CorruptWeightsError(
        `Cannot read safetensors as they must have ${FILE.length} bytes: the stream has more`,
      ),
    );
    assert.ok(cancelled());
  }
});

Deno.test("readSafetensors() asks for no memory when the header isn't the file's", async () => {
  const { stream, cancelled } = streamOf(FILE, 9);
  let placed = false;
  await assert.rejects(
    readSafetensors(stream, ({ dataLength }) => {
      placed = true;
      return new Uint8Array(dataLength);
    }, { size: FILE.length + 1 }),
    /the file must have \d+ bytes/,
  );
  assert.ok(!placed && cancelled());
});

Deno.test("readSafetensors() passes on what place() and the stream throw", async () => {
  const { stream, cancelled } = streamOf(FILE);
  const refusal = new Error("too much");
  await assert.rejects(
    readSafetensors(stream, () => {
      throw refusal;
    }),
    refusal,
  );
  assert.ok(cancelled());
  const failure = new TypeError("connection reset");
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(FILE.subarray(0, 50)),
    pull: (controller) => controller.error(failure),
  }, { highWaterMark: 0 });
  await assert.rejects(readSafetensors(broken, placeAnew), failure);
});

Deno.test("readSafetensors() stops when its signal fires, even while it waits", async () => {
  let cancelled = false;
  const endless = () =>
    new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(FILE.subarray(0, -5)),
      cancel() {
        cancelled = true;
      },
    });
  for (const when of ["before", "while waiting"]) {
    cancelled = false;
    const controller = new AbortController();
    if (when === "before") controller.abort(when);
    else setTimeout(() => controller.abort(when));
    const { signal } = controller;
    const done = readSafetensors(endless(), placeAnew, { signal });
    await assert.rejects(done, (error) => {
      assert.ok(error instanceof AbortedError);
      assert.equal(error.cause, when);
      return true;
    });
    assert.ok(cancelled);
  }
});

function placeAnew({ dataLength }: { dataLength: number }): Uint8Array {
  return new Uint8Array(dataLength);
}
