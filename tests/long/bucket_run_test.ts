/** A whole run in a bucket, on a third-party server. */
import assert from "node:assert/strict";
import { S3_VARIABLES } from "../../src/batch/s3/settings.ts";
import { createS3 } from "../../src/batch/s3/s3_client.ts";
import { bucketStorage } from "../../src/batch/storage/bucket_storage.ts";
import { folderStorage } from "../../src/batch/storage/folder_storage.ts";
import type { RunStorage } from "../../src/batch/storage.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { startFauxqs } from "../batch/s3/fauxqs.ts";
import { PHOTOS, totem } from "../cli/totem.ts";

const BUCKET_RUN = "s3://photos/runs/a run";

/** Each image's key and photo. */
const IMAGES = [
  "a b+c.jpg",
  "a#b?.jpg",
  "a/é/1.JPG",
  "a/é/2.jpg",
  "b//c.jpg",
  "d.jpg",
  "e.jpg",
].map((key, i) => [key, ["drum", "fig", "clock"][i % 3]!] as const);

Deno.test("a run in a bucket has the bytes of a run in a folder", async () => {
  await using server = await startFauxqs("photos");
  await using model = await fileOf(await narrowNetwork());
  const folder = await Deno.makeTempDir();
  const client = await createS3(server.settings);
  const bytesOf = (name: string) => Deno.readFile(`${PHOTOS}/${name}.jpg`);
  for (const [key, photo] of IMAGES) {
    const place = { bucket: "photos", key: `in/${key}` };
    await client.put(place, await bytesOf(photo));
  }
  const cut = (await bytesOf("fig")).subarray(0, 300);
  await client.put({ bucket: "photos", key: "in/f cut.jpg" }, cut);
  await client.put({ bucket: "photos", key: "in/notes.txt" }, cut);

  const command = async (...args: readonly string[]) =>
    await totem(["batch", ...args], {
      env: server.env,
      permissions: [
        "--allow-read",
        `--allow-write=${folder}`,
        "--allow-net=127.0.0.1",
        `--allow-env=${S3_VARIABLES.join(",")}`,
      ],
    });
  try {
    for (const run of [BUCKET_RUN, `${folder}/run`]) {
      const options = ["--model", model.path, "--variant", "75"];
      const size = ["--shard-size", "3"];
      const { code, stderr, stdout } = await command(
        ...["plan", "s3://photos/in/", "--out", run, ...options, ...size],
      );
      assert.equal(code, 0, stderr);
      assert.match(stdout, /: 8 images in 3 shards\n$/);
      assert.match(stderr, /skipped 1 file: 1 \.txt\n/);
    }
    // It disappears before its turn.
    const gone = new URL("/photos/in/e.jpg", server.settings.endpoint);
    await (await fetch(gone, { method: "DELETE" })).body?.cancel();

    const begin = await command("status", BUCKET_RUN);
    assert.equal(begin.code, 1, begin.stderr);
    assert.match(begin.stdout, /: 0 of 8 images \(0\.0%\), 0 of 3 shards\n/);
    const workers = await Promise.all(
      [BUCKET_RUN, BUCKET_RUN, `${folder}/run`].map((run) =>
        command("work", run, "--threads", "1")
      ),
    );
    for (const { code, stderr } of workers) assert.equal(code, 0, stderr);
    const end = await command("status", BUCKET_RUN, "--json");
    assert.equal(end.code, 0, end.stderr);
    const { images, errors, problems } = JSON.parse(end.stdout);
    assert.deepEqual(images, { total: 8, done: 8, failed: 2 });
    assert.deepEqual(errors, { absent: 1, "corrupt-image": 1 });
    assert.deepEqual(problems, []);

    const [inBucket, inFolder] = await Promise.all([
      filesOf(bucketStorage(client, BUCKET_RUN)),
      filesOf(folderStorage(`${folder}/run`)),
    ]);
    assert.equal(inFolder.size, 2 + 3 + 6);
    assert.deepEqual(inBucket, inFolder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The files of a run by name. */
async function filesOf(storage: RunStorage): Promise<Map<string, Uint8Array>> {
  const names = ["plan.json", "model.safetensors"];
  for (const folder of ["lists", "results"]) {
    for await (const { name } of storage.list(folder)) names.push(name);
  }
  const files = new Map<string, Uint8Array>();
  for (const name of names.sort()) files.set(name, (await storage.read(name))!);
  return files;
}
