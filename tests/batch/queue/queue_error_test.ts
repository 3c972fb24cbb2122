import assert from "node:assert/strict";
import {
  QueueError,
  unreachable,
} from "../../../src/batch/queue/queue_error.ts";

Deno.test("a permission that Deno refuses keeps its own error, others name the queue's address", () => {
  const denied = new Deno.errors.NotCapable('Requires env access to "PGUSER"');
  assert.equal(unreachable("postgres://db", denied), denied);
  const refused = unreachable("redis://db", new Error("connection refused"));
  assert.ok(refused instanceof QueueError);
  assert.equal(
    refused.message,
    "Cannot reach redis://db: nothing answers there (connection refused)",
  );
});
