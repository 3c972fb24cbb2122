import assert from "node:assert/strict";
import { readPlan } from "../../src/batch/plan.ts";
import { nearestInRun } from "../../src/batch/nearest_in_run.ts";
import { reusedMatrix } from "../../src/search/code_matrix.ts";
import { madeUpFeatures, madeUpIndex } from "../search/made_up_index.ts";
import { writeMadeUpRun } from "./made_up_run.ts";
import { memoryStorage } from "./memory_storage.ts";

const WIDTH = 48;

/** Images `0.jpg`, `1.jpg`, ..., some of them equal; every seventh failed. */
function images(count: number) {
  const different = madeUpFeatures(Math.ceil(count / 2), WIDTH);
  return Array.from({ length: count }, (_, i) => ({
    url: `${i}.jpg`,
    features: i % 7 === 3 ? null : different[i % different.length]!,
  }));
}

const QUERY = madeUpFeatures(5, WIDTH)[2]!;

Deno.test("nearestInRun() gives what an index of the images that didn't fail gives", async () => {
  const all = images(60);
  const sound = all.filter(({ features }) => features !== null);
  const index = await madeUpIndex(
    sound.map(({ features }) => features!),
    WIDTH,
  );
  const matrixOf = reusedMatrix();
  for (const shardSize of [1, 7, 20, 59, 60, 100]) {
    const storage = memoryStorage();
    const plan = await writeMadeUpRun(storage, all, {
      width: WIDTH,
      shardSize,
    });
    for (const top of [1, 10, 100]) {
      const seen: number[] = [];
      const { matches, missing } = await nearestInRun(plan, storage, QUERY, {
        top,
        matrixOf,
        onShard: (done, total) => seen.push(done / total),
      });
      assert.equal(missing, 0);
      assert.equal(seen.length, plan.lists.length);
      assert.equal(seen.at(-1), 1);
      assert.deepEqual(
        matches,
        index.nearest(QUERY, top).map(({ name, similarity }) => ({
          url: sound[parseInt(name)]!.url,
          similarity,
        })),
      );
    }
  }
});

Deno.test("nearestInRun() reads tables of Parquet, those of the matches only", async () => {
  const storage = memoryStorage();
  const options = { width: WIDTH, shardSize: 10, tables: "parquet" } as const;
  const plan = await writeMadeUpRun(storage, images(40), options);
  const read: string[] = [];
  const watching = {
    ...storage,
    read: (name: string) => {
      read.push(name);
      return storage.read(name);
    },
  };
  const { matches } = await nearestInRun(plan, watching, QUERY, { top: 1 });
  assert.deepEqual(matches, [{
    url: "2.jpg",
    similarity: matches[0]!.similarity,
  }]);
  assert.deepEqual(
    read.filter((it) => it.endsWith(".parquet")),
    ["results/00000.parquet"],
  );
});

Deno.test("nearestInRun() counts the shards that have no result", async () => {
  const storage = memoryStorage();
  const options = { width: WIDTH, shardSize: 10 };
  const plan = await writeMadeUpRun(storage, images(40), options);
  storage.files.delete("results/00000.json");
  storage.files.delete("results/00003.json");
  const { matches, missing } = await nearestInRun(plan, storage, QUERY, {
    top: 50,
  });
  assert.equal(missing, 2);
  assert.deepEqual(
    new Set(matches.map(({ url }) => Math.floor(parseInt(url) / 10))),
    new Set([1, 2]),
  );
  storage.files.delete("results/00001.json");
  storage.files.delete("results/00002.json");
  assert.deepEqual(await nearestInRun(plan, storage, QUERY), {
    matches: [],
    missing: 4,
  });
});

Deno.test("nearestInRun() names the file of a result that is damaged or another plan's", async () => {
  const options = { width: WIDTH, shardSize: 10 };
  const cases: [
    message: RegExp,
    spoil: (storage: ReturnType<typeof memoryStorage>) => unknown,
  ][] = [
    [
      /memory\/results\/00001\.npy as it is gone\. Remove results\/00001\.json/,
      ({ files }) => files.delete("results/00001.npy"),
    ],
    [
      /00001\.npy as it isn't what was written: its SHA-256 differs/,
      ({ files }) => files.get("results/00001.npy")![999]! ^= 1,
    ],
    [
      /00000\.jsonl as it isn't what was written/,
      ({ files }) => files.get("results/00000.jsonl")![9]! ^= 1,
    ],
    [
      /00000\.jsonl as it is gone/,
      ({ files }) => files.delete("results/00000.jsonl"),
    ],
    [
      /00002\.json as it isn't the record/,
      ({ files }) => files.set("results/00002.json", new Uint8Array(9)),
    ],
    [
      /00002\.json as it is of shard 1/,
      ({ files }) =>
        files.set("results/00002.json", files.get("results/00001.json")!),
    ],
  ];
  for (const [message, spoil] of cases) {
    const storage = memoryStorage();
    const plan = await writeMadeUpRun(storage, images(40), options);
    spoil(storage);
    await assert.rejects(nearestInRun(plan, storage, QUERY, { top: 50 }), {
      name: "CorruptRunError",
      message,
    });
  }
  const storage = memoryStorage();
  await writeMadeUpRun(storage, images(40), options);
  const others = await writeMadeUpRun(memoryStorage(), images(40), {
    ...options,
    root: "elsewhere",
  });
  await assert.rejects(nearestInRun(others, storage, QUERY), {
    name: "CorruptRunError",
    message: /results\/00000\.json as it is of another plan/,
  });
  const plan = (await readPlan(storage))!;
  await assert.rejects(
    nearestInRun(plan, storage, new Float32Array(WIDTH + 1)),
    {
      name: "CorruptRunError",
      message: /00000\.npy as it must be an array of 10 rows of 49 features/,
    },
  );
});

Deno.test("nearestInRun() refuses a top that is no count, and what is no run", async () => {
  const storage = memoryStorage();
  const options = { width: WIDTH, shardSize: 10 };
  const plan = await writeMadeUpRun(storage, images(4), options);
  await assert.rejects(nearestInRun(plan, storage, QUERY, { top: 0 }), {
    name: "ArgumentError",
    message: /top must be a whole number >= 1/,
  });
  await assert.rejects(
    nearestInRun({ ...plan, shardSize: 0 }, storage, QUERY),
    {
      name: "ArgumentError",
    },
  );
});
