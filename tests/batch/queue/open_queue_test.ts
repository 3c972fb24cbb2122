import assert from "node:assert/strict";
import {
  openQueue,
  parseQueueAddress,
} from "../../../src/batch/queue/open_queue.ts";
import { freePort } from "../../long/brokers/broker_server.ts";
import { planOf } from "../plan_of.ts";

Deno.test("queues are in Redis or PostgreSQL", () => {
  for (
    const address of [
      "redis://localhost",
      "redis://user:secret@10.0.0.1:6380/2",
      "rediss://[::1]:6379",
      "postgres://totem@db.example/jobs?sslmode=require",
      "postgresql://db.example",
    ]
  ) assert.equal(parseQueueAddress(address).href, new URL(address).href);
});

for (
  const address of [
    "amqp://user:secret@host",
    "http://user:secret@host/?token=secret",
    "localhost:6379",
    "redis:6379",
    "redis://",
    "secret",
    "",
  ]
) {
  Deno.test(`"${address}" is no queue's address`, () => {
    assert.throws(() => parseQueueAddress(address), (error: Error) => {
      assert.match(
        error.message,
        /must be a host after one of redis:\/\/, rediss:\/\/, postgres:\/\/, postgresql:\/\/$/,
      );
      assert.doesNotMatch(error.message, /secret/);
      return error.name === "ArgumentError";
    });
  });
}

Deno.test("a queue that isn't there is told at once, without secrets", async () => {
  const port = freePort();
  await assert.rejects(
    openQueue(`redis://me:secret@127.0.0.1:${port}/1`, planOf(25, 10)),
    {
      name: "QueueError",
      code: "queue",
      message:
        `Cannot reach redis://127.0.0.1:${port}/1: nothing answers there (connect ECONNREFUSED 127.0.0.1:${port})`,
    },
  );
});
