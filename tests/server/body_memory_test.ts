import assert from "node:assert/strict";
import { BodyMemory } from "../../src/server/body_memory.ts";
import { until } from "./serve.ts";

const never = new AbortController().signal;
const LIMIT = 100;

/** A sender whose chunks the test sends; `pulled` counts the requests for more. */
function sender() {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  let pulled = 0;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    start: (it) => void (controller = it),
    pull: () => void pulled++,
    cancel: () => void (cancelled = true),
  }, { highWaterMark: 0 });
  return {
    stream,
    send: (length: number) => controller.enqueue(new Uint8Array(length)),
    end: () => controller.close(),
    fail: () => controller.error(new Error("reset")),
    pulled: () => pulled,
    cancelled: () => cancelled,
  };
}

/** Reads a sender's body and keeps it until the test releases it. */
function hold(
  memory: BodyMemory,
  { stream }: ReturnType<typeof sender>,
  signal: AbortSignal = never,
) {
  let letGo = () => {};
  let length = -1;
  const done = memory.hold(
    stream,
    { limit: LIMIT, expected: 0, signal, onBytes() {} },
    (bytes) => {
      length = bytes.length;
      return new Promise<void>((resolve) => letGo = resolve);
    },
  );
  return { done, letGo: () => letGo(), length: () => length };
}

Deno.test("hold() gives the whole body, and counts its parts", async () => {
  const memory = new BodyMemory(() => LIMIT);
  const counts: number[] = [];
  const stream = new Response(Uint8Array.of(1, 2, 3)).body!;
  const bytes = await memory.hold(
    stream.pipeThrough(
      new TransformStream({
        transform(part, controller) {
          for (const byte of part) controller.enqueue(Uint8Array.of(byte));
        },
      }),
    ),
    {
      limit: LIMIT,
      expected: 3,
      signal: never,
      onBytes: (count) => void counts.push(count),
    },
    (bytes) => Promise.resolve(bytes.slice()),
  );
  assert.deepEqual(bytes, Uint8Array.of(1, 2, 3));
  assert.deepEqual(counts, [1, 1, 1]);
});

Deno.test("hold() lets senders wait while there is no room, but not the first", async () => {
  const memory = new BodyMemory(() => LIMIT);
  const [first, second] = [sender(), sender()];
  const holds = [hold(memory, first), hold(memory, second)];
  first.send(60);
  second.send(60);
  await settle();
  // 120 bytes have come: the first is asked for more, the second isn't.
  assert.deepEqual([first.pulled(), second.pulled()], [1, 0]);
  first.send(40);
  first.end();
  await settle();
  assert.equal(holds[0]!.length(), 100);
  // The second is now the first among those reading, but a whole body will leave.
  const third = sender();
  holds.push(hold(memory, third));
  await settle();
  assert.deepEqual([second.pulled(), third.pulled()], [0, 0]);
  holds[0]!.letGo();
  await holds[0]!.done;
  await settle();
  assert.deepEqual([second.pulled(), third.pulled()], [1, 1]);
  for (const it of [second, third]) it.end();
  await settle();
  for (const it of holds) it.letGo();
  await Promise.all(holds.map((it) => it.done));
});

Deno.test("hold() gives room back whatever ends it", async () => {
  const memory = new BodyMemory(() => LIMIT);
  const controller = new AbortController();
  const [tooLong, broken, left] = [sender(), sender(), sender()];
  const ends = [
    assert.rejects(hold(memory, tooLong).done, { status: 413 }),
    assert.rejects(hold(memory, broken).done, { status: 400 }),
    assert.rejects(hold(memory, left, controller.signal).done, /hung up/),
  ];
  left.send(80);
  await settle();
  broken.send(10);
  await settle();
  broken.fail();
  tooLong.send(LIMIT + 1);
  await settle();
  controller.abort(new Error("hung up"));
  await Promise.all(ends);
  assert.ok(tooLong.cancelled() && left.cancelled());

  const next = [sender(), sender()];
  const holds = next.map((it) => hold(memory, it));
  next[0]!.send(LIMIT - 1);
  await settle();
  assert.deepEqual(next.map((it) => it.pulled()), [1, 1]);
  for (const it of next) it.end();
  await settle();
  for (const it of holds) it.letGo();
  await Promise.all(holds.map((it) => it.done));
});

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("a sender that brings next to nothing is ended, and its memory is free", async () => {
  const memory = new BodyMemory(() => LIMIT, 1);
  const slow = sender();
  const held = hold(memory, slow);
  slow.send(2);
  await assert.rejects(held.done, { status: 408, code: "body-too-slow" });
  assert.ok(slow.cancelled());
});

Deno.test("who holds the memory that others wait for must hurry, and who waits needn't", async () => {
  const memory = new BodyMemory(() => LIMIT, 1);
  const full = sender();
  const first = hold(memory, full);
  full.send(LIMIT);
  const others = sender();
  const second = hold(memory, others);
  await assert.rejects(first.done, { status: 408, code: "body-too-slow" });
  others.send(1);
  others.end();
  await until(() => second.length() === 1);
  second.letGo();
  await second.done;
});

Deno.test("hold() reads a stream of bytes into one buffer, and frees the body at the end", async () => {
  const PARTS = 200;
  const buffers = new Set<number>();
  let part = 0;
  const stream = new ReadableStream({
    type: "bytes",
    pull(controller) {
      const view = controller.byobRequest!.view as Uint8Array;
      buffers.add(view.buffer.byteLength);
      view.fill(part % 256);
      if (part++ === PARTS) controller.close();
      controller.byobRequest!.respond(part > PARTS ? 0 : 1000);
    },
  });
  const memory = new BodyMemory(() => 2 ** 20);
  const options = {
    limit: 2 ** 20,
    expected: 1000 * PARTS,
    signal: never,
    onBytes() {},
  };
  let body: Uint8Array | undefined;
  await memory.hold(stream, options, (bytes) => {
    body = bytes;
    assert.equal(bytes.length, 1000 * PARTS);
    assert.ok(bytes.every((it, i) => it === Math.floor(i / 1000) % 256));
    return Promise.resolve();
  });
  assert.deepEqual([...buffers], [2 ** 16]);
  assert.equal(body?.length, 0);
});

for (const expected of [0, 7, 90, 101, 1e9]) {
  Deno.test(`hold() gives the whole body, also if ${expected} bytes were promised`, async () => {
    const memory = new BodyMemory(() => LIMIT);
    const { stream, send, end } = sender();
    for (let i = 0; i < 9; i++) send(10);
    end();
    const options = { limit: LIMIT, expected, signal: never, onBytes() {} };
    const length = await memory.hold(
      stream,
      options,
      (bytes) => Promise.resolve(bytes.length),
    );
    assert.equal(length, 90);
  });
}
