import assert from "node:assert/strict";
import { imageRoom, imagesAhead } from "../../src/batch/read_ahead.ts";

/** Whether a promise has settled after all pending tasks have run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  return settled;
}

Deno.test("more downloads than files are read ahead", () => {
  assert.deepEqual(
    [imagesAhead(3, false), imagesAhead(3, true), imagesAhead(9, true)],
    [5, 16, 36],
  );
});

Deno.test("images wait for room, but for the first that is being read", async () => {
  const room = imageRoom(100);
  for (const image of [0, 1, 2]) room.begin(image);
  await room.reserve(1, 60, undefined);
  const second = room.reserve(2, 60, undefined);
  assert.equal(await isSettled(second), false);
  // Regardless of its size.
  await room.reserve(0, 1000, undefined);
  room.end(0);
  room.release(0);
  assert.equal(await isSettled(second), false);
  room.end(1);
  // It is the first in line now.
  await second;
});

Deno.test("room is there again when an image is done", async () => {
  const room = imageRoom(100);
  for (const image of [0, 1, 2]) room.begin(image);
  await room.reserve(1, 100, undefined);
  const other = room.reserve(2, 100, undefined);
  assert.equal(await isSettled(other), false);
  room.release(1);
  await other;
});

Deno.test("an image takes what it says last, and nothing between tries", async () => {
  const room = imageRoom(100);
  for (const image of [0, 1, 2]) room.begin(image);
  await room.reserve(1, 40, undefined);
  await room.reserve(1, 90, undefined);
  const other = room.reserve(2, 50, undefined);
  assert.equal(await isSettled(other), false);
  await room.reserve(1, 0, undefined);
  await other;
});

Deno.test("nobody waits for room after the signal", async () => {
  const room = imageRoom(100);
  for (const image of [0, 1]) room.begin(image);
  const controller = new AbortController();
  const waiting = room.reserve(1, 200, controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
});
