import assert from "node:assert/strict";
import { createS3 } from "../../../src/batch/s3/s3_client.ts";
import { bucketStorage } from "../../../src/batch/storage/bucket_storage.ts";
import { startS3, WRITTEN } from "../s3/s3_server.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

for (
  const [address, start] of [
    ["s3://my-bucket/runs/a b/", "my-bucket/runs/a b/"],
    ["s3://my-bucket", "my-bucket/"],
  ] as const
) {
  Deno.test(`${address} has what was written`, async () => {
    await using server = startS3();
    const client = await createS3(server.settings);
    const storage = bucketStorage(client, address);
    assert.equal(storage.address, address.replace(/\/$/, ""));
    server.objects.set("my-bucket/other", bytesOf(""));
    assert.equal(await storage.read("plan.json"), undefined);
    assert.equal(await storage.has("plan.json"), false);
    await storage.write("plan.json", bytesOf("first"));
    await storage.write("plan.json", bytesOf("second"));
    assert.deepEqual(await storage.read("plan.json"), bytesOf("second"));
    assert.equal(await storage.has("plan.json"), true);
    assert.ok(server.objects.has(`${start}plan.json`));
    // A folder made in a web console, and somebody else's files.
    for (const other of ["results/", "results/below/a.json", "results2/a"]) {
      server.objects.set(start + other, bytesOf(""));
    }
    await storage.write("results/00000.json", bytesOf("{}"));
    await storage.write("results/00000.parquet", bytesOf("x"));
    const modified = Date.parse(WRITTEN);
    assert.deepEqual(await Array.fromAsync(storage.list("results")), [
      { name: "results/00000.json", modified },
      { name: "results/00000.parquet", modified },
    ]);
    await assert.rejects(storage.read("../plan.json"), {
      name: "ArgumentError",
    });
    await assert.rejects(storage.read("plan.json", AbortSignal.abort()), {
      name: "AbortError",
    });
  });
}

Deno.test("a bucket that isn't there isn't an empty one", async () => {
  await using server = startS3();
  const client = await createS3(server.settings);
  const storage = bucketStorage(client, "s3://my-bucket/run");
  await assert.rejects(storage.read("plan.json"), {
    name: "StorageError",
    message:
      /^Cannot read s3:\/\/my-bucket\/run\/plan\.json: there is no such bucket/,
  });
});
