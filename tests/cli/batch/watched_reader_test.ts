import assert from "node:assert/strict";
import { watchedReader } from "../../../src/cli/batch/watched_reader.ts";
import { imageServer } from "../../batch/image_server.ts";
import { PHOTOS } from "../totem.ts";

Deno.test("a reader waits for a server, not for room in memory nor for a disk", async () => {
  const { promise: answer, resolve: send } = Promise.withResolvers<Response>();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  await using server = imageServer({
    "/a.jpg": () => {
      ask();
      return answer;
    },
  });
  const reader = watchedReader({ root: PHOTOS });
  const { promise: room, resolve: give } = Promise.withResolvers<void>();
  const { promise: full, resolve: fill } = Promise.withResolvers<void>();
  const reserve = () => {
    fill();
    return room;
  };
  assert.equal(reader.isWaiting(), false);
  const reading = reader.read(`${server.url}/a.jpg`, { reserve });
  await asked;
  assert.equal(reader.isWaiting(), true);
  send(new Response(Uint8Array.of(1)));
  await full;
  assert.equal(reader.isWaiting(), false);
  give();
  assert.deepEqual(await reading, Uint8Array.of(1));
  assert.equal(reader.isWaiting(), false);
  const file = reader.read("drum.jpg", {});
  assert.equal(reader.isWaiting(), false);
  await file;
  await assert.rejects(reader.read("http://[/", {}));
  assert.equal(reader.isWaiting(), false);
});
