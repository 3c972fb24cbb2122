import assert from "node:assert/strict";
import { localShards } from "../../src/batch/local_shards.ts";
import { CorruptRunError } from "../../src/errors.ts";

const SHARDS = Array.from({ length: 20 }, (_, i) => i);
const FAST = { pause: 1 };

/** The shards in the order of their runs, and whether each try was the last. */
async function worked(
  fail: (shard: number, tries: number, stop: () => void) => void,
): Promise<readonly (readonly [shard: number, isLast: boolean])[]> {
  const tries: [number, boolean][] = [];
  const controller = new AbortController();
  await localShards(SHARDS, FAST).work(
    // deno-lint-ignore require-await
    async (shard, { isLast }) => {
      tries.push([shard, isLast]);
      const count = tries.filter(([it]) => it === shard).length;
      fail(shard, count, () => controller.abort());
    },
    { signal: controller.signal, onIdle() {} },
  );
  return tries;
}

Deno.test("each shard is handed out once, in no order that others have", async () => {
  const [first, second] = [await worked(() => {}), await worked(() => {})];
  for (const tries of [first, second]) {
    const shards = tries.map(([shard]) => shard);
    assert.deepEqual(shards.toSorted((a, b) => a - b), SHARDS);
    assert.ok(tries.every(([, isLast]) => !isLast));
  }
  assert.notDeepEqual(first, second); // Of 2e18 orders.
});

Deno.test("a shard that fails is tried three times, and the others follow", async () => {
  const tries = await worked((shard) => {
    if (shard === 7) throw new Error("It failed");
  });
  assert.deepEqual(
    tries.filter(([shard]) => shard === 7).map(([, isLast]) => isLast),
    [false, false, true],
  );
  assert.equal(tries.length, 22);
});

Deno.test("a shard that fails once is done", async () => {
  const tries = await worked((shard, count) => {
    if (shard === 7 && count === 1) throw new Error("It failed");
  });
  assert.equal(tries.length, 21);
});

Deno.test("what no try can change isn't tried again", async () => {
  const tries = await worked((shard) => {
    if (shard === 7) throw new CorruptRunError("Its list is gone");
  });
  assert.equal(tries.length, 20);
});

Deno.test("no shard is handed out after the signal, nor tried again", async () => {
  assert.equal((await worked((_, __, stop) => stop())).length, 1);
  const tries = await worked((_, __, stop) => {
    stop();
    throw new Error("It failed");
  });
  assert.equal(tries.length, 1);
});
