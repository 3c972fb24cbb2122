/** Buckets on a third-party server. */
import assert from "node:assert/strict";
import { createS3 } from "../../src/batch/s3/s3_client.ts";
import { bucketStorage } from "../../src/batch/storage/bucket_storage.ts";
import { startFauxqs } from "../batch/s3/fauxqs.ts";
import { ODD_KEYS } from "../batch/s3/odd_keys.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("objects with odd keys are written, read and listed", async () => {
  await using server = await startFauxqs("photos");
  const client = await createS3(server.settings);
  for (const key of ODD_KEYS) {
    await client.put({ bucket: "photos", key }, bytesOf(key));
  }
  const place = { bucket: "photos", key: "" };
  const listed = await Array.fromAsync(client.list(place));
  assert.deepEqual(listed.map(({ key }) => key).sort(), ODD_KEYS.toSorted());
  for (const { key, size, modified } of listed) {
    const bytes = await client.get({ bucket: "photos", key });
    assert.deepEqual(bytes, bytesOf(key));
    const range = [1, 3] as const;
    const part = await client.get({ bucket: "photos", key }, { range });
    assert.deepEqual(part, bytesOf(key).subarray(1, 3));
    assert.equal(size, bytesOf(key).length);
    assert.ok(Math.abs(modified - Date.now()) < 600_000);
    assert.equal((await client.head({ bucket: "photos", key }))?.size, size);
  }
  assert.equal(await client.get({ bucket: "photos", key: "no" }), undefined);
  await assert.rejects(client.get({ bucket: "others", key: "no" }), {
    message: /: there is no such bucket \(/,
  });
});

Deno.test("a list of three pages has all objects, in order", async () => {
  await using server = await startFauxqs("photos");
  const client = await createS3(server.settings);
  const storage = bucketStorage(client, "s3://photos/run");
  const names = Array.from(
    { length: 2500 },
    (_, i) => `results/${`${i}`.padStart(5, "0")}.json`,
  );
  for (let i = 0; i < names.length; i += 50) {
    const some = names.slice(i, i + 50);
    await Promise.all(some.map((it) => storage.write(it, bytesOf(it))));
  }
  await storage.write("plan.json", bytesOf("{}"));
  const listed: string[] = [];
  for await (const { name } of storage.list("results")) listed.push(name);
  assert.deepEqual(listed, names);
});

Deno.test("a whole model is written and read", async () => {
  await using server = await startFauxqs("photos");
  const client = await createS3(server.settings);
  const bytes = new Uint8Array(24_000_000);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Math.imul(i, 2654435761) >>> 24;
  }
  const storage = bucketStorage(client, "s3://photos");
  await storage.write("model.safetensors", bytes);
  const read = await storage.read("model.safetensors");
  assert.equal(Buffer.compare(read!, bytes), 0);
});
