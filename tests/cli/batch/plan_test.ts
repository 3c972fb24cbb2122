import assert from "node:assert/strict";
import { main } from "../../../src/cli.ts";
import { readPlan } from "../../../src/batch/plan.ts";
import { openStorage } from "../../../src/batch/storage/open_storage.ts";
import { fileOf, narrowNetwork } from "../../backends/simd/narrow_file.ts";
import { makeLayersModel, writeLayersModel } from "../../layers_model.ts";
import {
  namesIn,
  temporaryFolder,
} from "../../weights/store/temporary_folder.ts";
import { run, testStreams } from "../in_process.ts";
import { freePort } from "../../long/brokers/broker_server.ts";
import { overriding } from "../overriding.ts";
import { PHOTOS } from "../totem.ts";

Deno.test("totem batch plan cuts a folder into shards", async () => {
  await using work = await plannedFolder();
  const { code, stdout, stderr } = await work.plan("--shard-size", "2");
  assert.equal(stderr, `Next: totem batch work ${work.out}\n`);
  assert.equal(stdout, `${work.out}: 3 images in 2 shards\n`);
  assert.equal(code, 0);
  const { lists, images, model, ...plan } = await work.readPlan();
  assert.equal(lists.length, 2);
  assert.deepEqual(images, {
    corpus: work.photos,
    root: "../photos",
    count: 3,
    columns: [],
    allowTruncated: false,
  });
  assert.deepEqual(plan, {
    format: "totem batch 1",
    totem: plan.totem,
    task: "classify",
    tables: "parquet",
    shardSize: 2,
  });
  assert.equal(model.name, work.model.replace(/.*\//, ""));
  assert.equal(model.activationBits, 8);
  assert.equal(model.variant, 75);
  assert.deepEqual(await namesIn(`${work.out}/lists`), [
    "00000.parquet",
    "00001.parquet",
  ]);
});

Deno.test("totem batch plan has all options in the plan", async () => {
  await using work = await plannedFolder();
  const { stderr, code } = await work.plan(
    ...["--task", "features", "--format", "jsonl", "--activation-bits", "7"],
    ...["--max-pixels", "5000", "--max-memory", "99999999"],
    ...["--allow-truncated", "--crop", "squash"],
  );
  assert.equal(code, 0, stderr);
  const { task, tables, images, model } = await work.readPlan();
  assert.deepEqual([task, tables], ["features", "jsonl"]);
  const { maxPixels, maxMemory, allowTruncated } = images;
  assert.deepEqual([maxPixels, maxMemory], [5000, 99_999_999]);
  assert.equal(allowTruncated, true);
  assert.equal(model.activationBits, 7);
  assert.equal(model.geometry, "squashed to a square, antialiased resize");
  const list = await Deno.readTextFile(`${work.out}/lists/00000.jsonl`);
  assert.match(list, /^\{"url":"drum\.jpg"\}\n/);
});

Deno.test("totem batch plan makes the folders that a run lies in", async () => {
  await using work = await plannedFolder();
  const out = `${work.path}/new/my run`;
  const { code, stderr } = await work.plan("--out", out, "--format", "jsonl");
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^Next: totem batch work '.*\/new\/my run'$/m);
  const { images } = (await readPlan(await openStorage(out)))!;
  assert.equal(images.root, "../../photos");
  // Hidden files of the system don't count as the user's.
  await Deno.mkdir(`${work.path}/empty`);
  await Deno.writeTextFile(`${work.path}/empty/.DS_Store`, "");
  const hidden = await work.plan("--out", `${work.path}/empty`);
  assert.equal(hidden.code, 0, hidden.stderr);
});

Deno.test("totem batch plan leaves a run as it is", async () => {
  await using work = await plannedFolder();
  await work.plan();
  const plan = await Deno.readTextFile(`${work.out}/plan.json`);
  // Meanwhile, its corpus may have been moved.
  await Deno.rename(work.photos, `${work.path}/moved`);
  const again = await work.plan();
  assert.equal(
    again.stdout,
    `${work.out}: planned already, 3 images in 1 shard\n`,
  );
  assert.equal(again.code, 0);
  const other = await work.plan("--shard-size", "2");
  assert.equal(
    other.stderr,
    `error Cannot plan ${work.out} again as it was planned with the shard size 1000, and now it is 2: ask for the same, or plan in another folder\n`,
  );
  assert.equal(other.code, 1);
  assert.equal(await Deno.readTextFile(`${work.out}/plan.json`), plan);
});

Deno.test("totem batch plan refuses another folder of the same name", async () => {
  await using work = await plannedFolder();
  await work.plan();
  const file = `${work.out}/plan.json`;
  const plan = JSON.parse(await Deno.readTextFile(file));
  plan.images.root = "../elsewhere/photos";
  await Deno.writeTextFile(file, JSON.stringify(plan));
  // That folder may have been moved.
  assert.equal((await work.plan()).code, 0);
  await Deno.mkdir(`${work.path}/elsewhere/photos`, { recursive: true });
  const { code, stderr } = await work.plan();
  assert.equal(
    stderr,
    `error Cannot plan ${work.out} again as its ${work.photos} is in ${work.path}/elsewhere/photos, and now it is another in ${Deno.cwd()}: plan in the folder where it was planned, or a run in another folder\n`,
  );
  assert.equal(code, 1);
});

Deno.test("totem batch plan says that f32 weights become int8", async () => {
  await using work = await plannedFolder();
  const model = `${work.path}/model`;
  await Deno.mkdir(model);
  await writeLayersModel(makeLayersModel(), model);
  const { code, stderr } = await work.plan("--model", model);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /has f32 weights, and runs as int8 .*totem convert/);
  assert.match(stderr, /^note .* doesn't say .* Assumed: /m);
});

Deno.test("totem batch plan tells what it skipped, as other commands do", async () => {
  await using work = await plannedFolder();
  await Deno.writeTextFile(`${work.photos}/notes.txt`, "");
  const { code, stderr } = await work.plan();
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^skipped 1 file: 1 \.txt$/m);
});

Deno.test("totem batch plan refuses what it can't do, and writes nothing", async () => {
  await using work = await plannedFolder();
  const { path, photos, out } = work;
  await Deno.mkdir(`${path}/others`);
  await Deno.writeTextFile(`${path}/others/letter.txt`, "");
  await Deno.mkdir(`${path}/empty`);
  await Deno.symlink(photos, `${path}/link`);
  const within = "it is within the corpus, which a run must not change";
  const refused: readonly (readonly [string[], string, 1 | 2])[] = [
    [[], "without a CORPUS", 2],
    [[photos, photos], "give one CORPUS", 2],
    [[photos, "--shard-size", "0"], "a whole number in 1..100000", 2],
    [[photos, "--activation-bits", "auto"], "Should be one of: 7, 8", 2],
    [[photos, "--threads", "2"], "Unknown option --threads", 2],
    [[`${path}/none`], "there is no such file or folder", 1],
    [[`${path}/empty`], `no images in ${path}/empty`, 1],
    [[photos, "--url-column", "a"], "it isn't Parquet, and has no column", 1],
    [[photos, "--model", `${path}/none`], `${path}/none`, 1],
    [[photos, "--activation", "none"], "--activation softmax or sigmoid", 1],
    [[photos, "--out", photos], "it has other files, such as drum.jpg", 1],
    [[`${path}/empty`, "--out", `${path}/empty`], within, 1],
    [[photos, "--out", `${photos}/new/run`], within, 1],
    [[photos, "--out", `${path}/link/run`], within, 1],
    [[photos, "--out", `${path}/others`], "such as letter.txt", 1],
    [[photos, "--out", `${photos}/drum.jpg/run`], "not a folder", 1],
    [[photos, "--out", ""], "must be", 1],
  ];
  for (const [args, message, expected] of refused) {
    const others = ["--out", out, "--variant", "75", "--model", work.model];
    const { code, stdout, stderr } = await run(
      ["batch", "plan", ...overriding(others, args)],
    );
    assert.ok(stderr.includes(message), stderr);
    assert.equal(code, expected, stderr);
    assert.equal(stdout, "");
  }
  assert.deepEqual(await namesIn(photos), ["drum.jpg", "fig.jpg", "land"]);
  assert.ok(!(await namesIn(path)).includes("run"));
});

Deno.test("totem batch plan names a run that can't be written", async () => {
  await using work = await plannedFolder();
  const { mkdir } = Deno;
  Deno.mkdir = (path) => {
    const fault = new Deno.errors.PermissionDenied(`mkdir '${path}'`);
    return Promise.reject(Object.assign(fault, { code: "EACCES" }));
  };
  try {
    const { code, stderr } = await work.plan();
    assert.match(stderr, /^error Cannot write .*run\/lists\/00000\.parquet: /);
    assert.equal(code, 1);
  } finally {
    Deno.mkdir = mkdir;
  }
});

Deno.test("Ctrl-C ends totem batch plan without a run, and it starts over", async () => {
  await using work = await plannedFolder();
  const list = `${work.path}/list.txt`;
  const lines = Array.from({ length: 40_000 }, (_, i) => `${i}.jpg\n`);
  await Deno.writeTextFile(list, lines.join(""));
  const streams = testStreams();
  const args = work.args.with(2, list);
  const running = main([...args, "--shard-size", "20"], streams);
  const lists = `${work.out}/lists`;
  let code: number | undefined;
  running.then((it) => code = it);
  while (code === undefined && !await Deno.stat(lists).catch(() => null)) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  streams.send("SIGINT");
  assert.equal(await running, 130);
  assert.equal(
    streams.output.stderr,
    "interrupted: nothing is planned; the same command starts over\n",
  );
  assert.ok((await namesIn(lists)).length < 2000);
  assert.equal(await readPlan(await openStorage(work.out)), undefined);

  const { stdout } = await run([...args, "--shard-size", "20000"]);
  assert.equal(stdout, `${work.out}: 40,000 images in 2 shards\n`);
});

Deno.test("totem batch plan asks the queue first, as nobody may read what it prints", async () => {
  await using work = await plannedFolder();
  const queue = `redis://127.0.0.1:${freePort()}`;
  const args = [...work.args, "--queue", queue];
  const { code, stderr } = await run(args, { isBroken: true });
  // The queue was requested but is unreachable, so this isn't a success.
  assert.equal(code, 1);
  assert.match(stderr, /run: 3 images in 1 shard\nerror Cannot reach redis:/);
  await work.readPlan();
});

/** A folder of photos and a small model. */
async function plannedFolder() {
  const folder = await temporaryFolder();
  const file = await fileOf(await narrowNetwork());
  const { path } = folder;
  const [photos, out] = [`${path}/photos`, `${path}/run`];
  await Deno.mkdir(`${photos}/land`, { recursive: true });
  await Deno.copyFile(`${PHOTOS}/alp.jpg`, `${photos}/land/alp.jpg`);
  for (const name of ["drum", "fig"]) {
    await Deno.copyFile(`${PHOTOS}/${name}.jpg`, `${photos}/${name}.jpg`);
  }
  const args = [
    ...["batch", "plan", photos, "--out", out, "--variant", "75"],
    ...["--model", file.path],
  ];
  return {
    path,
    photos,
    out,
    model: file.path,
    args,
    plan: (...others: string[]) => run(overriding(args, others)),
    readPlan: async () => (await readPlan(await openStorage(out)))!,
    async [Symbol.asyncDispose]() {
      await folder[Symbol.asyncDispose]();
      await file[Symbol.asyncDispose]();
    },
  };
}
