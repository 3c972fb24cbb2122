import assert from "node:assert/strict";
import { runShard } from "../../src/batch/run_shard.ts";
import type { BatchPlan } from "../../src/batch/plan.ts";
import { createS3 } from "../../src/batch/s3/s3_client.ts";
import { S3_VARIABLES } from "../../src/batch/s3/settings.ts";
import { bucketStorage } from "../../src/batch/storage/bucket_storage.ts";
import { folderStorage } from "../../src/batch/storage/folder_storage.ts";
import { writeMadeUpRun } from "../batch/made_up_run.ts";
import { startS3 } from "../batch/s3/s3_server.ts";
import { modelOf, smallRun } from "../batch/small_run.ts";
import { run } from "./in_process.ts";
import { photoFolder } from "./indexed_folder.ts";
import { PHOTOS, totem } from "./totem.ts";

const URLS = ["drum.jpg", "fig.jpg", "gone.jpg", "land/0.jpg", "land/alp.jpg"];
const PHOTO = `${PHOTOS}/clock.jpg`;

/** A folder of photos and, in `run`, a batch run over them, one of which is missing. */
async function photosAndRun(
  { task = "features", urls = URLS }: {
    readonly task?: BatchPlan["task"];
    readonly urls?: readonly string[];
  } = {},
) {
  const work = await photoFolder();
  // The same photo twice: equal results are in the order of files.
  await Deno.copyFile(`${PHOTOS}/fig.jpg`, `${work.photos}/land/0.jpg`);
  const path = `${work.path}/run`;
  const storage = folderStorage(path);
  const made = await smallRun({
    urls,
    storage,
    task,
    shardSize: 2,
    root: "../photos",
  });
  using classifier = await modelOf(made);
  for (const shard of made.plan.lists.keys()) {
    await runShard(made.plan, shard, { classifier, storage });
  }
  return {
    ...work,
    run: path,
    index: (...args: string[]) => work.index("--activation-bits", "8", ...args),
    /** Searches with the model of the indexes, given as options. */
    search: (...args: string[]) =>
      work.search(PHOTO, "--activation-bits", "8", "--json", ...args),
    /** Searches with the model that the first index names. */
    searchOwn: (...args: string[]) => run(["search", PHOTO, "--json", ...args]),
    [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
  };
}

Deno.test("totem search of a batch run gives what an index of its images gives", async () => {
  await using work = await photosAndRun();
  await work.index();
  const expected = await work.search();
  assert.equal(expected.code, 0);
  assert.equal(expected.stdout.trimEnd().split("\n").length, 4);
  const found = await work.searchOwn("--index", work.run);
  assert.equal(found.stderr, "");
  assert.equal(found.stdout, expected.stdout);
  assert.equal(found.code, 0);
  const given = await work.search("--index", work.run, "--top", "1");
  assert.equal(given.stdout, `${expected.stdout.split("\n")[0]}\n`);

  // A run and an index together, in either order.
  const land = `${work.path}/land.safetensors`;
  await Deno.mkdir(`${work.path}/others`);
  await Deno.rename(`${work.photos}/drum.jpg`, `${work.path}/others/drum2.jpg`);
  const others = await run([
    ...["index", `${work.path}/others`, "--out", land, ...work.model],
    ...["--activation-bits", "8"],
  ]);
  assert.equal(others.stderr, "");
  const lines = (text: string) => text.trimEnd().split("\n").sort();
  const copy = expected.stdout.split("\n").find((it) => it.includes("drum"))!
    .replace("photos/drum", "others/drum2");
  const both = lines(`${expected.stdout}${copy}`);
  const first = await work.searchOwn("--index", work.run, "--index", land);
  assert.equal(first.stderr, "");
  assert.deepEqual(lines(first.stdout), both);
  const last = await work.search("--index", land, "--index", work.run);
  assert.equal(last.stderr, "");
  assert.deepEqual(lines(last.stdout), both);
});

Deno.test("totem search says how many shards of a run have no result", async () => {
  await using work = await photosAndRun();
  await Deno.remove(`${work.run}/results/00000.json`);
  const { code, stdout, stderr } = await work.searchOwn("--index", work.run);
  assert.equal(code, 0);
  assert.equal(
    stderr,
    `warning ${work.run}: 1 of 3 shards have no result yet: their images weren't searched\n`,
  );
  assert.deepEqual(
    stdout.trimEnd().split("\n").map((it) => JSON.parse(it).file.slice(-8))
      .sort(),
    ["/alp.jpg", "nd/0.jpg"],
  );
});

Deno.test("totem search refuses runs that it can't search, and names what is wrong", async () => {
  await using work = await photosAndRun();
  const file = (name: string) => `${work.run}/${name}`;
  const own = await work.searchOwn("--index", work.run, "--variant", "107");
  assert.equal(own.code, 2);
  assert.match(
    own.stderr,
    /^error Cannot use --variant with the model of \S+run as the run's plan pins it: leave it out, or give --model\n/,
  );
  const other = await work.search("--index", work.run, "--variant", "107");
  assert.equal(other.code, 1);
  assert.match(
    other.stderr,
    /^error \S+run: Cannot use this model .* at 75 pixels: this one has 107 pixels\. Without --model/,
  );
  const empty = await work.searchOwn("--index", work.photos);
  assert.equal(empty.code, 1);
  assert.match(
    empty.stderr,
    /Cannot search \S+photos: it has no plan\.json, so it isn't a batch run: totem index makes an index/,
  );

  const array = await Deno.readFile(file("results/00001.npy"));
  await Deno.writeFile(file("results/00001.npy"), array.with(500, 9));
  const damaged = await work.searchOwn("--index", work.run);
  assert.equal(damaged.code, 1);
  assert.equal(damaged.stdout, "");
  assert.match(
    damaged.stderr,
    /^error Cannot use \S+00001\.npy as it isn't what was written/,
  );
  await Deno.writeFile(file("results/00001.npy"), array);
  await Deno.truncate(file("model.safetensors"), 1000);
  const cut = await work.searchOwn("--index", work.run);
  assert.equal(cut.code, 1);
  assert.match(
    cut.stderr,
    /^error Cannot use \S+model\.safetensors as it isn't the plan's: its SHA-256 differs/,
  );
  await Deno.remove(file("model.safetensors"));
  const gone = await work.searchOwn("--index", work.run);
  assert.match(
    gone.stderr,
    /^error Cannot read \S+model\.safetensors as it is missing: put it back/,
  );
});

Deno.test("totem search doesn't take a run of classes", async () => {
  await using work = await photosAndRun({ task: "classify" });
  const { code, stderr } = await work.searchOwn("--index", work.run);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /run: it is a batch run with the task classify: only runs of totem batch plan --task features can be searched\n/,
  );
});

Deno.test("totem search shows images of a run that are elsewhere, and links to nothing else", async () => {
  await using work = await photosAndRun({ urls: URLS.slice(0, 2) });
  const made = await smallRun({ urls: ["a"], task: "features" });
  using classifier = await modelOf(made);
  const features = await classifier.features(await Deno.readFile(PHOTO));
  const urls = [
    "https://example.org/a b.jpg",
    "s3://bucket/b.jpg",
    "a:b.jpg",
    "javascript:alert(1)",
    "javascript://%0aalert(2)",
    "/photos/c.jpg",
  ];
  await writeMadeUpRun(
    folderStorage(`${work.path}/made`),
    urls.map((url) => ({ url, features })),
    {
      width: features.length,
      shardSize: 9,
      root: "../photos",
      model: {
        planned: made.plan.model,
        file: (await made.storage.read("model.safetensors"))!,
      },
    },
  );
  const page = `${work.path}/similar.html`;
  const found = await work.searchOwn(
    ...["--index", `${work.path}/made`, "--html", page],
  );
  assert.equal(found.stderr, "");
  const files = found.stdout.trimEnd().split("\n").map((it) =>
    JSON.parse(it).file
  );
  assert.deepEqual(files.map((it) => it.replace(work.photos, "photos")), [
    "https://example.org/a b.jpg",
    "s3://bucket/b.jpg",
    "photos/a:b.jpg",
    "photos/javascript:alert(1)",
    "photos/javascript://%0aalert(2)",
    "/photos/c.jpg",
  ]);
  const html = await Deno.readTextFile(page);
  const links = [...html.matchAll(/<a href="([^"]*)"/g)].map(([, it]) => it!);
  assert.deepEqual(
    links.slice(1).filter((it) => /^[a-z\d]+:/.test(it)),
    ["https://example.org/a b.jpg", "s3://bucket/b.jpg"],
  );
});

Deno.test("totem search reads a run from a bucket, with no more permissions than that needs", async () => {
  await using server = startS3();
  const address = "s3://photos/runs/1";
  const storage = bucketStorage(await createS3(server.settings), address);
  const made = await smallRun({
    urls: ["s3://photos/drum.jpg", "s3://photos/fig.jpg"],
    storage,
    task: "features",
    tables: "parquet",
    shardSize: 1,
  });
  using classifier = await modelOf(made);
  const readImage = (url: string) =>
    Deno.readFile(`${PHOTOS}/${url.split("/").at(-1)}`);
  await runShard(made.plan, 0, { classifier, storage, readImage });
  await runShard(made.plan, 1, { classifier, storage, readImage });
  const { endpoint, ...keys } = server.settings;
  const { code, stdout, stderr } = await totem(
    ["search", `${PHOTOS}/fig.jpg`, "--index", address],
    {
      env: {
        AWS_ACCESS_KEY_ID: keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
        AWS_SESSION_TOKEN: keys.sessionToken!,
        AWS_REGION: keys.region,
        AWS_ENDPOINT_URL_S3: `${endpoint}`,
      },
      permissions: [
        "--allow-read",
        "--allow-net=127.0.0.1",
        `--allow-env=${S3_VARIABLES.join(",")}`,
      ],
    },
  );
  assert.equal(stderr, "");
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^ {2}1\.000 {2}s3:\/\/photos\/fig\.jpg\n {2}0\.\d{3} {2}s3:\/\/photos\/drum\.jpg\n$/,
  );
});
