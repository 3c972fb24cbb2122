import assert from "node:assert/strict";
import {
  listFile,
  planDigest,
  planText,
  readPlan,
  resultFile,
  shardImages,
  shardOfRecord,
} from "../../src/batch/plan.ts";
import { memoryStorage } from "./memory_storage.ts";
import { HASH, planOf } from "./plan_of.ts";

/** A plan of 25 images in three shards. */
const PLAN = planOf(25, 10);

Deno.test("a plan is read as it was written", async () => {
  const storage = memoryStorage();
  assert.equal(await readPlan(storage), undefined);
  const bytes = new TextEncoder().encode(planText(PLAN));
  await storage.write("plan.json", bytes);
  const plan = await readPlan(storage);
  assert.deepEqual(plan, PLAN);
  assert.equal(await planDigest(plan!), await planDigest(PLAN));
  assert.notEqual(
    await planDigest({ ...PLAN, totem: "0.2.0" }),
    await planDigest(PLAN),
  );
});

Deno.test("the last shard has what is left", () => {
  assert.deepEqual([0, 1, 2].map((it) => shardImages(PLAN, it)), [10, 10, 5]);
  const whole = { ...PLAN, images: { ...PLAN.images, count: 30 } };
  assert.equal(shardImages(whole, 2), 10);
});

Deno.test("files of shards have five digits, or more", () => {
  assert.equal(listFile(PLAN, 17), "lists/00017.parquet");
  assert.equal(listFile({ ...PLAN, tables: "jsonl" }, 0), "lists/00000.jsonl");
  assert.equal(resultFile(123456, "json"), "results/123456.json");
});

Deno.test("a record's shard is known by its name", () => {
  assert.equal(shardOfRecord("results/00017.json"), 17);
  assert.equal(shardOfRecord("results/123456.json"), 123456);
  for (
    const name of ["000017.json", "17.json", "00017.npy", "00017.json.part"]
  ) {
    assert.equal(shardOfRecord(`results/${name}`), undefined, name);
  }
});

const DAMAGED: Readonly<Record<string, readonly [string, RegExp]>> = {
  "no JSON": ["{", /plan\.json as it isn't JSON/],
  "other JSON": ["[]", /isn't the plan of a batch run/],
  "another format": [
    JSON.stringify({ ...PLAN, format: "totem batch 2" }),
    /isn't the plan of a batch run in the format "totem batch 1"/,
  ],
  "a list too few": [
    JSON.stringify({ ...PLAN, lists: [HASH, HASH] }),
    /as its "lists" isn't sound/,
  ],
  "bits that differ between machines": [
    JSON.stringify({
      ...PLAN,
      model: { ...PLAN.model, activationBits: "auto" },
    }),
    /as its "model" isn't sound/,
  ],
  "a switch that is text": [
    JSON.stringify({
      ...PLAN,
      images: { ...PLAN.images, allowTruncated: "false" },
    }),
    /as its "images" isn't sound/,
  ],
  "no images": [
    JSON.stringify({ ...PLAN, images: null }),
    /as its "images" isn't sound/,
  ],
};

for (const [what, [text, message]] of Object.entries(DAMAGED)) {
  Deno.test(`a plan with ${what} is refused`, async () => {
    const storage = memoryStorage();
    await storage.write("plan.json", new TextEncoder().encode(text));
    await assert.rejects(readPlan(storage), {
      name: "CorruptRunError",
      message,
    });
  });
}
