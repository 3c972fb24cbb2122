import assert from "node:assert/strict";
import { planText } from "../../../src/batch/plan.ts";
import { folderStorage } from "../../../src/batch/storage/folder_storage.ts";
import { finishShard, planOf } from "../../batch/plan_of.ts";
import { run } from "../in_process.ts";

/** 25 images in three shards. */
const PLAN = planOf(25, 10);

/** Registers a test with an empty folder, without a plan. */
function test(name: string, check: (folder: string) => Promise<void>): void {
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir({ prefix: "a run " });
    try {
      await check(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

async function planIn(folder: string) {
  const storage = folderStorage(folder);
  await storage.write("plan.json", new TextEncoder().encode(planText(PLAN)));
  return storage;
}

test("status shows the progress of a run, and exits with 0 when it is complete", async (folder) => {
  const storage = await planIn(folder);
  await finishShard(PLAN, storage, 0);
  const part = await run(["batch", "status", folder]);
  assert.equal(
    part.stdout,
    `${folder}: 10 of 25 images (40.0%), 1 of 3 shards\n`,
  );
  assert.deepEqual([part.code, part.stderr], [1, ""]);
  await finishShard(PLAN, storage, 1, { failed: 1, errors: { absent: 1 } });
  await finishShard(PLAN, storage, 2);
  const whole = await run(["batch", "status", `${folder}/`]);
  assert.equal(
    whole.stdout,
    `${folder}/: complete, 25 images in 3 shards\n1 image failed: 1 absent\n`,
  );
  assert.deepEqual([whole.code, whole.stderr], [0, ""]);
});

test("status --json is one object", async (folder) => {
  const storage = await planIn(folder);
  await finishShard(PLAN, storage, 2, { failed: 1, errors: { absent: 1 } });
  const { code, stdout } = await run(["batch", "status", folder, "--json"]);
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(stdout), {
    run: folder,
    complete: false,
    shards: { total: 3, done: 1 },
    images: { total: 25, done: 5, failed: 1 },
    errors: { absent: 1 },
    imagesPerSecond: null,
    secondsLeft: null,
    problems: [],
  });
});

test("status tells the rate and the time that is left", async (folder) => {
  const storage = await planIn(folder);
  for (const shard of [0, 1]) {
    await finishShard(PLAN, storage, shard);
    const time = new Date(Date.now() - (shard === 0 ? 200_000 : 100_000));
    await Deno.utime(`${folder}/results/0000${shard}.json`, time, time);
  }
  const { stdout } = await run(["batch", "status", folder]);
  assert.match(
    stdout,
    /: 20 of 25 images \(80\.0%\), 2 of 3 shards; recently 0\.1 a second, (49|50|51) s left\n$/,
  );
});

test("status warns when many images failed, and of results that it can't use", async (folder) => {
  const storage = await planIn(folder);
  await finishShard(PLAN, storage, 0, {
    failed: 4,
    errors: { "http-404": 1, absent: 3 },
  });
  await finishShard(PLAN, storage, 1, { plan: "0".repeat(64) });
  const { code, stdout, stderr } = await run(["batch", "status", folder]);
  assert.equal(code, 1);
  assert.match(stdout, /\n4 images failed: 3 absent, 1 http-404\n$/);
  assert.equal(
    stderr,
    `\
warning 40.0% of the images failed, most often with the error absent: see the column "message" of the results before you use them
warning Cannot use ${folder}/results/00001.json as it is of another plan: remove it to have the shard done again
`,
  );
});

test("status of what is no run is an error", async (folder) => {
  const empty = await run(["batch", "status", folder]);
  assert.equal(empty.code, 1);
  assert.equal(
    empty.stderr,
    `error Cannot show the progress of ${folder}: there is no plan. totem batch plan makes it, and may still be at work\n`,
  );
  await folderStorage(folder).write("plan.json", new Uint8Array());
  const damaged = await run(["batch", "status", folder]);
  assert.match(damaged.stderr, /^error Cannot read .*\/plan\.json as /);
  const none = await run(["batch", "status"]);
  assert.deepEqual(
    [none.code, none.stderr.split("\n")[0]],
    [
      2,
      "error Cannot show the progress of a batch run without a RUN",
    ],
  );
});
