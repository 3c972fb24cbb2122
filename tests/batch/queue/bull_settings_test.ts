import assert from "node:assert/strict";
import {
  type BullContext,
  bullOptions,
  searchInterval,
} from "../../../src/batch/queue/bull_settings.ts";

Deno.test("BullMQ skips no search of a lone worker whose timer is early", () => {
  for (const lockDuration of [1000, 60_000]) {
    const settings = { id: "run", lockDuration, maxStalledCount: 20 };
    const { stalledInterval } = bullOptions(
      { broker: {}, settings } as BullContext,
    );
    assert.ok(Number(stalledInterval) <= searchInterval(settings) - 50);
    // Marking and release: a dead worker's lock plus one search.
    assert.ok(searchInterval(settings) <= lockDuration / 2);
  }
});
