import assert from "node:assert/strict";
import {
  readRecord,
  recordText,
  type ShardRecord,
} from "../../src/batch/record.ts";
import { memoryStorage } from "./memory_storage.ts";

const HASH = "0123456789abcdef".repeat(4);
const RECORD: ShardRecord = {
  format: "totem batch shard 1",
  plan: HASH,
  shard: 17,
  images: 10,
  failed: 2,
  errors: { absent: 1, "http-404": 1 },
  files: { "results/00017.parquet": HASH },
};

async function storageWith(text: string) {
  const storage = memoryStorage();
  const bytes = new TextEncoder().encode(text);
  await storage.write("results/00017.json", bytes);
  return storage;
}

Deno.test("a record is read as it was written", async () => {
  const storage = await storageWith(recordText(RECORD));
  assert.deepEqual(await readRecord(storage, HASH, 17), RECORD);
  assert.equal(await readRecord(storage, HASH, 18), undefined);
});

const DAMAGED: Readonly<Record<string, readonly [string, RegExp]>> = {
  "no JSON": ["{", /it isn't the record of a shard/],
  "other JSON": ["null", /it isn't the record of a shard/],
  "no count": [
    recordText({ ...RECORD, failed: -1 }),
    /it isn't the record of a shard/,
  ],
  "another plan": [
    recordText({ ...RECORD, plan: HASH.replaceAll("0", "1") }),
    /it is of another plan/,
  ],
  "another shard": [recordText({ ...RECORD, shard: 3 }), /it is of shard 3/],
};

for (const [what, [text, problem]] of Object.entries(DAMAGED)) {
  Deno.test(`a record of ${what} is refused and named`, async () => {
    await assert.rejects(readRecord(await storageWith(text), HASH, 17), {
      name: "CorruptRunError",
      message: new RegExp(
        `^Cannot use memory/results/00017.json as ${problem.source}: remove it`,
      ),
    });
  });
}
