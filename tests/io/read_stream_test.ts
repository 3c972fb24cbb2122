import assert from "node:assert/strict";
import { abortableStream, readStream } from "../../src/io/read_stream.ts";

Deno.test("abortableStream() ends a stream that is silent, and cancels it", async () => {
  let cancelled: unknown;
  const silent = new ReadableStream<Uint8Array>({
    cancel: (reason) => void (cancelled = reason),
  });
  const controller = new AbortController();
  const reading = readStream(abortableStream(silent, controller.signal), 10);
  controller.abort("why");
  await assert.rejects(reading, (reason) => reason === "why");
  assert.equal(cancelled, "why");
});

Deno.test("abortableStream() passes a stream on, and cancels it when it is too long", async () => {
  let cancelled = false;
  const { signal } = new AbortController();
  const parts = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Uint8Array.of(1, 2, 3)),
      cancel: () => void (cancelled = true),
    });
  assert.equal(await readStream(abortableStream(parts(), signal), 10), null);
  assert.ok(cancelled);
  const whole = new Blob(["photo"]).stream();
  assert.deepEqual(
    await readStream(abortableStream(whole, signal), 10),
    new TextEncoder().encode("photo"),
  );
});

Deno.test("readStream() gives all bytes, whatever size was expected", async () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i);
  for (const part of [1, 7, 1000]) {
    const parts = () => {
      let at = 0;
      return new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(bytes.subarray(at, at += part));
          if (at >= bytes.length) controller.close();
        },
      });
    };
    for (const size of [undefined, 0, 1, 999, 1000, 1001, 1e9, NaN]) {
      let count = 0;
      const onBytes = (more: number) => count += more;
      for (const limit of [1000, 5000]) {
        count = 0;
        const options = { size, onBytes };
        assert.deepEqual(await readStream(parts(), limit, options), bytes);
        assert.equal(count, 1000);
      }
      assert.equal(await readStream(parts(), 999, { size }), null);
    }
  }
});
