import assert from "node:assert/strict";
import { runShard } from "../../src/batch/run_shard.ts";
import { searchRun } from "../../src/batch/search_run.ts";
import { load } from "../../src/load.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { memoryStorage } from "./memory_storage.ts";
import { modelOf, smallRun } from "./small_run.ts";

const PHOTOS = new URL("../../examples/photos/", import.meta.url);
const NAMES = ["alp.jpg", "cocker_spaniels.jpg", "mountain.jpg"];
const URLS = NAMES.map((name) => new URL(name, PHOTOS).href);

Deno.test("searchRun() finds the images most similar to a photo in a run", async () => {
  const { plan, storage } = await smallRun({
    urls: URLS,
    task: "features",
    shardSize: 1,
  });
  using classifier = await modelOf({ plan, storage });
  const photo = await Deno.readFile(new URL(NAMES[1]!, PHOTOS));
  const search = (top?: number) =>
    searchRun(plan, storage, classifier, photo, { top });
  assert.deepEqual(await search(), { matches: [], missing: 3 });
  for (const shard of [0, 1]) {
    await runShard(plan, shard, { classifier, storage });
  }
  const { matches, missing } = await search();
  assert.equal(missing, 1);
  assert.deepEqual(matches.map(({ url }) => url), [URLS[1], URLS[0]]);
  assert.ok(matches[0]!.similarity > 0.999, `${matches[0]!.similarity}`);
  assert.ok(matches[1]!.similarity < matches[0]!.similarity);
  assert.deepEqual((await search(1)).matches, matches.slice(0, 1));

  const controller = new AbortController();
  await assert.rejects(
    searchRun(plan, storage, classifier, photo, {
      signal: controller.signal,
      onShard: () => controller.abort(),
    }),
    { name: "AbortError" },
  );
});

Deno.test("searchRun() refuses other models, other tasks and wrong arguments", async () => {
  const run = await smallRun({ urls: URLS, task: "features" });
  const { plan, storage } = run;
  const photo = await Deno.readFile(new URL(NAMES[0]!, PHOTOS));
  using classifier = await modelOf(run);
  const { labels, ...network } = await narrowNetwork();
  const options = { variant: 75, activationBits: 8, threads: 1 } as const;
  using renamed = await load({
    ...network,
    labels: labels.map((it) => `${it}!`),
  }, options);
  await assert.rejects(searchRun(plan, storage, renamed, photo), {
    name: "ModelMismatchError",
    message: /the model has other labels/,
  });
  const classify = await smallRun({ urls: URLS, storage: memoryStorage() });
  await assert.rejects(
    searchRun(classify.plan, classify.storage, classifier, photo),
    {
      name: "ArgumentError",
      message:
        "Cannot search a batch run as its task must be features: it is classify",
    },
  );
  const wrong = (message: RegExp, options: object, given: unknown = photo) =>
    assert.rejects(
      searchRun(plan, storage, classifier, given as Uint8Array, options),
      { name: "ArgumentError", message },
    );
  await wrong(/top must be a whole number >= 1/, { top: 0 });
  await wrong(/no option "tops"/, { tops: 3 });
  await wrong(/onShard must be a function/, { onShard: 1 });
  await assert.rejects(
    searchRun(plan, storage, {} as typeof classifier, photo),
    { name: "ArgumentError", message: /classifier must be the run's model/ },
  );
});
