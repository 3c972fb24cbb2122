/**
 * Batch runs whose workers and brokers are killed: they must produce the same bytes as
 * an undisturbed single process. They need the servers of Debian's packages
 * `redis-server` and `postgresql`, and are skipped without them.
 */
import assert from "node:assert/strict";
import { abortable } from "../../src/async/abort.ts";
import { listColumns, resultColumns } from "../../src/batch/columns.ts";
import {
  listFile,
  readPlan,
  resultFile,
  shardName,
} from "../../src/batch/plan.ts";
import { planModel } from "../../src/batch/plan_model.ts";
import { readTable } from "../../src/batch/read_table.ts";
import { folderStorage } from "../../src/batch/storage/folder_storage.ts";
import type { Column } from "../../src/batch/table.ts";
import { startS3 } from "../batch/s3/s3_server.ts";
import { loadInstalledNsfw } from "../nsfw.ts";
import {
  type PoisonedImages,
  poisonedImages,
  SHARD_SIZE,
} from "./batch/poisoned_images.ts";
import { type Child, Children, until } from "./batch/workers.ts";
import type { BrokerServer } from "./brokers/broker_server.ts";
import { postgresFolder, startPostgres } from "./brokers/postgres_server.ts";
import { hasRedis, startRedis } from "./brokers/redis_server.ts";

const SHARDS = 50;
const WORKERS = 3;

/** The part that all runs share. */
interface Ground {
  readonly folder: string;
  readonly images: PoisonedImages;
  /** The folder of a plan without results. */
  readonly planned: string;
  /** The bytes of each result of a single-process run, by name. */
  readonly reference: Promise<ReadonlyMap<string, Uint8Array>>;
  /** The arguments for planning a run. */
  planning(run: string): readonly string[];
}

let grounds: Promise<Ground> | undefined;

/** Plans a run once, and does it with one process. */
async function makeGround(): Promise<Ground> {
  const folder = await Deno.makeTempDir();
  const images = await poisonedImages(folder, SHARDS);
  const { file } = await planModel(await loadInstalledNsfw(), { variant: 75 });
  await Deno.writeFile(`${folder}/nsfw.safetensors`, file);
  const planning = (run: string) => [
    ...["batch", "plan", images.list, "--out", run],
    ...["--model", `${folder}/nsfw.safetensors`, "--variant", "75"],
    ...["--shard-size", `${SHARD_SIZE}`],
  ];
  const planned = `${folder}/planned`;
  await using children = new Children(images.root, {});
  await children.run(...planning(planned));
  // It mostly waits for servers, as the other runs do.
  const reference = referenceRun(folder, planned, images);
  reference.catch(() => {});
  return { folder, images, planned, reference, planning };
}

/** Does a run with one process, and checks that each row of its lists has a result. */
async function referenceRun(
  folder: string,
  planned: string,
  images: PoisonedImages,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const run = await copyOf(planned, `${folder}/reference`);
  await using children = new Children(images.root, { TEST_RUN: "reference" });
  await children.run("batch", "work", run, "--threads", "1");
  const storage = folderStorage(run);
  const plan = (await readPlan(storage))!;
  const read = async (name: string, columns: readonly Column[]) => {
    const bytes = (await storage.read(name))!;
    const { rows } = await readTable(plan.tables, bytes, columns, name);
    return rows;
  };
  const errors = new Set<unknown>();
  let count = 0;
  for (const shard of plan.lists.keys()) {
    const list = await read(listFile(plan, shard), listColumns(plan));
    const columns = resultColumns(plan);
    const result = await read(resultFile(shard, plan.tables), columns);
    const urls = result.map(([url]) => url);
    assert.deepEqual(urls, list.map(([url]) => url));
    const error = columns.findIndex(({ name }) => name === "error");
    for (const row of result) if (row[error] !== null) errors.add(row[error]);
    count += urls.length;
  }
  assert.equal(count, images.count);
  assert.deepEqual([...errors].sort(), [
    "absent",
    "corrupt-image",
    "http-404",
    "image-too-large",
    "unreachable",
    "unsupported-image",
  ]);
  return await filesOf(`${run}/results`);
}

async function filesOf(folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { name } of Deno.readDir(folder)) {
    files.set(name, await Deno.readFile(`${folder}/${name}`));
  }
  return files;
}

/** Copies a folder with a plan and no results. */
async function copyOf(from: string, to: string): Promise<string> {
  await Deno.mkdir(`${to}/lists`, { recursive: true });
  for (const file of ["plan.json", "model.safetensors"]) {
    await Deno.copyFile(`${from}/${file}`, `${to}/${file}`);
  }
  for await (const list of Deno.readDir(`${from}/lists`)) {
    const file = `lists/${list.name}`;
    await Deno.copyFile(`${from}/${file}`, `${to}/${file}`);
  }
  return to;
}

async function assertSame(
  results: ReadonlyMap<string, Uint8Array>,
  ground: Ground,
): Promise<void> {
  const reference = await ground.reference;
  assert.deepEqual([...results.keys()].sort(), [...reference.keys()].sort());
  for (const [name, bytes] of reference) {
    assert.deepEqual(results.get(name), bytes, name);
  }
}

/** Keeps {@linkcode WORKERS} running until all have exited by themselves. */
async function supervise(
  children: Children,
  workers: Set<Child>,
  command: readonly string[],
  expectedCode = 0,
): Promise<void> {
  let isDone = false;
  const keep = async () => {
    while (!isDone) {
      const child = children.start(...command);
      workers.add(child);
      const code = await child.ended;
      workers.delete(child);
      // A supervisor restarts a worker that a signal has ended, or that didn't find the
      // broker at its start.
      if (code === null || /^error Cannot reach/m.test(child.output())) {
        continue;
      }
      isDone = true;
      assert.equal(code, expectedCode, child.output());
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, keep));
}

/** Disturbances, by the number of image requests at which they occur. */
interface Disturbances {
  /** Kills the requesting worker. */
  readonly kills: readonly number[];
  /** Stops the requesting worker until another one has done its shard. */
  readonly stops: readonly number[];
  /** Kills the broker, and restarts it once a worker has noticed. */
  readonly brokerKills: readonly number[];
}

/** A disturbed run with two producers at once. */
async function disturbedRun(
  ground: Ground,
  broker: BrokerServer,
  name: string,
  { kills, stops, brokerKills }: Disturbances,
): Promise<void> {
  const { images, planning } = ground;
  const run = await copyOf(ground.planned, `${ground.folder}/${name}`);
  await using children = new Children(images.root, { TEST_RUN: name });
  const workers = new Set<Child>();
  /** Workers that a signal has ended or stopped. */
  const hit = new Set<Child>();
  const happened: string[] = [];
  const troubles: Promise<void>[] = [];
  let brokerIsBack = Promise.resolve();
  const failed = new AbortController();
  const trouble = (it: Promise<void>) => {
    troubles.push(it);
    it.catch((error) => failed.abort(error));
  };
  let requests = 0;
  const isDone = (shard: number) =>
    Deno.stat(`${run}/${resultFile(shard, "json")}`).then(
      () => true,
      () => false,
    );
  const ahead = {
    kills: [...kills],
    stops: [...stops],
    broker: [...brokerKills],
  };
  /** Whether the next disturbance is due. */
  const isDue = (times: number[]) =>
    times[0]! <= requests && times.shift() !== undefined;
  const queue = ["--queue", broker.address];
  const planned = Promise.all(
    [1, 2].map(() => children.run(...planning(run), ...queue)),
  );
  images.watch(name, async ({ pid, path }) => {
    // A producer can't start while the broker is away.
    await planned;
    requests++;
    if (isDue(ahead.broker)) {
      trouble(brokerIsBack = brokerIsBack.then(killBroker));
    }
    // A killed or stopped worker may still have requests in flight: skip to the next
    // one.
    const child = [...workers].find((it) => it.pid === pid);
    if (child === undefined || hit.has(child)) return;
    if (isDue(ahead.kills)) {
      hit.add(child);
      child.kill("SIGKILL");
      happened.push("kill");
    } else if (isDue(ahead.stops)) {
      hit.add(child);
      trouble(stopped(child, images.shardOf(path)));
    }
  });
  const stopped = async (child: Child, shard: number) => {
    child.kill("SIGSTOP");
    // Its lock has expired, and another worker has done the shard.
    await until(
      "done by another",
      () => isDone(shard),
      () => children.output(),
    );
    child.kill("SIGCONT");
    hit.delete(child);
    happened.push("stop");
  };
  /** How often workers have reported that the broker is unavailable. */
  const faults = () =>
    children.output().match(/can't be used now|Cannot reach (redis|postgres)/g)
      ?.length ?? 0;
  const killBroker = async () => {
    const before = faults();
    await broker.kill();
    const told = () => faults() > before;
    await until("missed", told, () => children.output());
    await broker.start();
    happened.push("broker");
  };

  const working = supervise(children, workers, [
    ...["batch", "work", run, ...queue, "--threads", "1"],
    ...["--lock-seconds", "2"],
  ]);
  working.catch(() => {}); // If the test fails, its workers do, too.
  for (const it of await planned) assert.match(it, /planned already/);
  await abortable(working, failed.signal);
  await Promise.all(troubles);
  assert.deepEqual(happened.toSorted(), [
    ...brokerKills.map(() => "broker"),
    ...kills.map(() => "kill"),
    ...stops.map(() => "stop"),
  ], children.output());
  await assertSame(await filesOf(`${run}/results`), ground);
}

/** The first multiples of a number. */
const every = (step: number, count: number) =>
  Array.from({ length: count }, (_, i) => (i + 1) * step);

/** The same in a bucket, with a broker that doesn't persist its data. */
async function bucketRun(ground: Ground, broker: BrokerServer): Promise<void> {
  const { images, planned, planning } = ground;
  await using s3 = startS3();
  const files = ["plan.json", "model.safetensors"];
  for await (const { name } of Deno.readDir(`${planned}/lists`)) {
    files.push(`lists/${name}`);
  }
  for (const file of files) {
    s3.objects.set(
      `bucket/run/${file}`,
      await Deno.readFile(`${planned}/${file}`),
    );
  }
  const { endpoint, accessKeyId, secretAccessKey, sessionToken, region } =
    s3.settings;
  await using children = new Children(images.root, {
    TEST_RUN: "bucket",
    AWS_ENDPOINT_URL_S3: `${endpoint}`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken!,
    AWS_REGION: region!,
  });
  const run = "s3://bucket/run";
  const queue = ["--queue", broker.address];
  const command = [
    ...["batch", "work", run, ...queue, "--threads", "1"],
    ...["--root", images.root, "--lock-seconds", "3", "--max-stalled", "2"],
  ];
  const results = () =>
    new Map(
      [...s3.objects].filter(([name]) => name.startsWith("bucket/run/results/"))
        .map((
          [name, bytes],
        ) => [name.slice("bucket/run/results/".length), bytes]),
    );
  const doneShards = () =>
    [...results().keys()].filter((it) => it.endsWith(".json")).length;
  const state = async () => {
    const child = children.start(
      ...["batch", "status", run, ...queue, "--json"],
    );
    await child.ended;
    const line = child.output().split("\n").find((it) => it.startsWith("{"));
    return JSON.parse(line ?? "{}").queue;
  };
  const told = (line: RegExp) =>
    [...workers].every((it) => line.test(it.output()));
  const outputs = () => children.output();

  // A shard that kills each worker that takes it.
  let deaths = 0;
  let isDeadly = true;
  const workers = new Set<Child>();
  let cancelled: Promise<unknown> = Promise.resolve();
  images.watch("bucket", async ({ pid, path }) => {
    // Otherwise nearly all shards may be done before the run is cancelled.
    await cancelled;
    const child = [...workers].find((it) => it.pid === pid);
    if (!isDeadly || path !== images.crash.path || child === undefined) return;
    child.kill("SIGKILL");
    deaths++;
  });
  await children.run(...planning(run), ...queue);
  const working = supervise(children, workers, command, 1);
  working.catch(() => {});

  // The run is cancelled and resumed.
  await until("begun", () => doneShards() >= 5, outputs);
  await (cancelled = children.run("batch", "cancel", run, ...queue));
  await until("idle", async () => (await state())?.active === 0, outputs);
  assert.equal((await state()).cancelled, true);
  assert.ok(doneShards() < SHARDS);
  await until("told", () => told(/the run is cancelled/), outputs);
  await children.run(...planning(run), ...queue);

  // The broker loses all its jobs, and gets them again.
  const before = doneShards();
  await until("going on", () => doneShards() >= before + 5, outputs);
  await broker.kill();
  await broker.start();
  await until("told", () => told(/the queue is empty/), outputs);
  assert.ok(doneShards() < SHARDS);
  await children.run(...planning(run), ...queue);

  await working;
  assert.equal(deaths, 3, outputs());
  assert.equal(doneShards(), SHARDS - 1);
  const name = shardName(images.crash.shard);
  assert.match(outputs(), new RegExp(`^error shard ${name}: .*3 times`, "m"));
  const { failed } = await state();
  assert.equal(failed.length, 1);
  assert.equal(failed[0].shard, images.crash.shard);
  assert.match(failed[0].reason, /was started 3 times and never finished/);

  isDeadly = false;
  await children.run("batch", "retry", run, ...queue);
  await children.run(...command);
  await assertSame(results(), ground);
}

const redis = await hasRedis();
const postgres = await postgresFolder();

/** Registers a test of a run, which is skipped if the server isn't installed. */
function testRun(
  name: string,
  isInstalled: boolean,
  fn: (ground: Ground) => Promise<void>,
): void {
  Deno.test({
    name: isInstalled ? name : `${name}: no server is installed`,
    ignore: !isInstalled,
    fn: async () => await fn(await (grounds ??= makeGround())),
    // The image server is shared by all tests.
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

testRun(
  "a run over Redis has the same bytes after ten workers, the broker twice and a stopped worker",
  redis,
  async (ground) => {
    await using broker = await startRedis();
    await disturbedRun(ground, broker, "redis", {
      kills: every(4, 10),
      stops: [26],
      brokerKills: [13, 34],
    });
  },
);

testRun(
  "a run over PostgreSQL has the same bytes after ten workers, the broker twice and a stopped worker",
  postgres !== undefined,
  async (ground) => {
    await using broker = await startPostgres(postgres!);
    await disturbedRun(ground, broker, "postgres", {
      kills: every(4, 10),
      stops: [26],
      brokerKills: [13, 34],
    });
  },
);

testRun(
  "a run in a bucket has the same bytes after cancelling, lost jobs and a deadly shard",
  redis,
  async (ground) => {
    await using broker = await startRedis([]);
    await bucketRun(ground, broker);
  },
);

Deno.test.afterAll(async () => {
  const ground = await grounds?.catch(() => undefined);
  await ground?.reference.catch(() => {});
  await ground?.images[Symbol.asyncDispose]();
  if (ground) await Deno.remove(ground.folder, { recursive: true });
});
