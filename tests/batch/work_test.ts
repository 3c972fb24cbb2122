import assert from "node:assert/strict";
import { doneShards, imagesOf } from "../../src/batch/done_shards.ts";
import { localShards } from "../../src/batch/local_shards.ts";
import { type BatchPlan, resultFile } from "../../src/batch/plan.ts";
import type { RunStorage } from "../../src/batch/storage.ts";
import { type WorkEvents, type WorkIo, workOn } from "../../src/batch/work.ts";
import {
  ModelMismatchError,
  PackageUnavailableError,
} from "../../src/errors.ts";
import { PHOTOS } from "../cli/totem.ts";
import { imageServer, refusingUrl } from "./image_server.ts";
import { type MemoryStorage, memoryStorage } from "./memory_storage.ts";
import { modelOf, smallRun } from "./small_run.ts";
import { imageReader } from "../../src/batch/read_image.ts";

const drum = await Deno.readFile(`${PHOTOS}/drum.jpg`);
const FAST = { pause: 1 };

/** A run of five shards of two images. */
async function fiveShards(urls = Array(10).fill("drum.jpg")) {
  return await smallRun({ urls, shardSize: 2, root: PHOTOS });
}

/** Works with a fast reader; also returns the messages. */
async function work(
  { plan, storage }: {
    readonly plan: BatchPlan;
    readonly storage: RunStorage;
  },
  io: Partial<WorkIo> = {},
  events: WorkEvents = {},
) {
  using classifier = await modelOf({ plan, storage });
  const told: string[] = [];
  const done = await doneShards(plan, storage);
  const left = plan.lists.map((_, i) => i).filter((it) => !done.has(it));
  const result = await workOn(plan, localShards(left, FAST), {
    classifier,
    storage,
    readImage: imageReader({ root: PHOTOS, pause: 1 }),
    signal: new AbortController().signal,
    ...io,
  }, {
    onDone: (shard, { images }) => void told.push(`${shard} done: ${images}`),
    onSkipped: (shard) => void told.push(`${shard} skipped`),
    onFailed: (shard, _, isGivenUp) =>
      void told.push(`${shard} ${isGivenUp ? "given up" : "failed"}`),
    ...events,
  });
  return { ...result, told };
}

Deno.test("a worker does all shards, and another one finds nothing to do", async () => {
  const run = await fiveShards();
  const { shards, images, failed, failures, told } = await work(run);
  assert.deepEqual([shards, images, failed, failures.size], [5, 10, 0, 0]);
  assert.deepEqual(
    told.toSorted(),
    [0, 1, 2, 3, 4].map((it) => `${it} done: 2`),
  );
  const done = await doneShards(run.plan, run.storage);
  assert.equal(imagesOf(run.plan, done), 10);
  assert.equal((await work(run)).shards, 0);
});

for (const tables of ["jsonl", "parquet"] as const) {
  for (const ending of [tables, "npy"] as const) {
    Deno.test(`a shard of ${tables} whose .${ending} is gone is done again`, async () => {
      const urls = Array(4).fill("drum.jpg");
      const made = { urls, shardSize: 2, root: PHOTOS, tables };
      const run = await smallRun({ ...made, task: "features" });
      await work(run);
      const { files } = run.storage as MemoryStorage;
      const name = resultFile(1, ending);
      const before = files.get(name);
      files.delete(name);
      assert.deepEqual(await doneShards(run.plan, run.storage), new Set([0]));
      assert.deepEqual((await work(run)).told, ["1 done: 2"]);
      assert.deepEqual(files.get(name), before);
      assert.equal((await doneShards(run.plan, run.storage)).size, 2);
    });
  }
}

Deno.test("what another worker does meanwhile is skipped", async () => {
  const run = await fiveShards();
  // The other worker does all of it while this one holds its first shard.
  const other = memoryStorage();
  for (const [name, bytes] of (run.storage as MemoryStorage).files) {
    await other.write(name, bytes);
  }
  await work({ plan: run.plan, storage: other });
  const { shards, told } = await work(run, {}, {
    onBegin() {
      for (const [name, bytes] of other.files) {
        (run.storage as MemoryStorage).files.set(name, bytes);
      }
    },
  });
  assert.equal(shards, 1);
  assert.equal(told.filter((it) => it.endsWith("skipped")).length, 4);
});

Deno.test("a shard whose list is gone is named, and the others are done", async () => {
  const run = await fiveShards();
  (run.storage as MemoryStorage).files.delete("lists/00003.jsonl");
  const { shards, failures, badMachine, told } = await work(run);
  assert.deepEqual([shards, [...failures.keys()], badMachine], [
    4,
    [3],
    undefined,
  ]);
  assert.match(
    failures.get(3)!.message,
    /lists\/00003.jsonl as it isn't there/,
  );
  assert.deepEqual(told.filter((it) => it.startsWith("3")), ["3 given up"]);
});

Deno.test("a machine on which three shards in a row fail takes no more", async () => {
  const run = await fiveShards();
  let count = 0;
  const { shards, failures, badMachine, told } = await work(run, {
    readImage: () => Promise.reject(new Error(`EIO ${count++}`)),
  });
  assert.deepEqual([shards, failures.size], [0, 2]);
  assert.match(`${badMachine}`, /EIO/);
  // Three tries of each of the first two, and one of the third.
  assert.equal(told.length, 7);
});

Deno.test("what no other shard would change ends a worker at once", async () => {
  for (
    const error of [
      new Deno.errors.NotCapable("Requires net access"),
      new PackageUnavailableError("Cannot load hyparquet"),
      new ModelMismatchError("Cannot work on this"),
    ]
  ) {
    const run = await fiveShards();
    let count = 0;
    const readImage = () => {
      count++;
      return Promise.reject(error);
    };
    await assert.rejects(work(run, { readImage }), error);
    assert.ok(count <= 2, `${count} images of one shard`);
  }
});

Deno.test("lists that are gone don't make a machine bad", async () => {
  const run = await fiveShards();
  for (const shard of [0, 1, 2, 3]) {
    (run.storage as MemoryStorage).files.delete(`lists/0000${shard}.jsonl`);
  }
  const { shards, failures, badMachine } = await work(run);
  assert.deepEqual([shards, failures.size, badMachine], [1, 4, undefined]);
});

Deno.test("dead addresses are rows while others can be reached", async () => {
  await using server = imageServer({ "/drum.jpg": () => new Response(drum) });
  const good = `${server.url}/drum.jpg`;
  const run = await fiveShards(
    Array.from({ length: 5 }, () => [good, refusingUrl()]).flat(),
  );
  const { shards, failed, badMachine } = await work(run);
  assert.deepEqual([shards, failed, badMachine], [5, 5, undefined]);
  assert.equal(server.asked.length, 5);
});

Deno.test("a machine without a network turns no run into rows of errors", async () => {
  const run = await fiveShards(Array.from({ length: 10 }, refusingUrl));
  const { shards, badMachine } = await work(run);
  assert.equal(shards, 0);
  assert.match(`${badMachine}`, /2 of its 2 images can't be reached/);
  assert.equal((await doneShards(run.plan, run.storage)).size, 0);
});

Deno.test("the shard in hand is finished after the signal", async () => {
  const run = await fiveShards();
  const controller = new AbortController();
  const { shards } = await work(run, { signal: controller.signal }, {
    onBegin: () => controller.abort(),
  });
  assert.equal(shards, 1);
  assert.equal((await doneShards(run.plan, run.storage)).size, 1);
});

Deno.test("progress is told in images", async () => {
  const run = await fiveShards();
  const told: number[] = [];
  await work(run, {}, { onProgress: (done) => void told.push(done) });
  assert.deepEqual(told, [1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
});
