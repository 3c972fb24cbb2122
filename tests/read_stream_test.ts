import assert from "node:assert/strict";
import { readStream, untilAborted } from "../src/read_stream.ts";

Deno.test("untilAborted() ends a stream that is silent, and cancels it", async () => {
  let cancelled: unknown;
  const silent = new ReadableStream<Uint8Array>({
    cancel: (reason) => void (cancelled = reason),
  });
  const controller = new AbortController();
  const reading = readStream(untilAborted(silent, controller.signal), 10);
  controller.abort("why");
  await assert.rejects(reading, (reason) => reason === "why");
  assert.equal(cancelled, "why");
});

Deno.test("untilAborted() passes a stream on, and cancels it when it is too long", async () => {
  let cancelled = false;
  const { signal } = new AbortController();
  const parts = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Uint8Array.of(1, 2, 3)),
      cancel: () => void (cancelled = true),
    });
  assert.equal(await readStream(untilAborted(parts(), signal), 10), null);
  assert.ok(cancelled);
  const whole = new Blob(["photo"]).stream();
  assert.deepEqual(
    await readStream(untilAborted(whole, signal), 10),
    new TextEncoder().encode("photo"),
  );
});
