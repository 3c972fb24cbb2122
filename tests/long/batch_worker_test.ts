/** Workers with a queue that are asked to end; needs Redis. */
import assert from "node:assert/strict";
import { openQueue } from "../../src/batch/queue/open_queue.ts";
import { folderStorage } from "../../src/batch/storage/folder_storage.ts";
import { imageServer } from "../batch/image_server.ts";
import { smallRun } from "../batch/small_run.ts";
import { PHOTOS } from "../cli/totem.ts";
import { type Child, Children, until } from "./batch/workers.ts";
import { hasRedis, startRedis } from "./brokers/redis_server.ts";

const isInstalled = await hasRedis();

function testWorker(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: isInstalled ? name : `${name}: Redis isn't installed`,
    ignore: !isInstalled,
    fn,
  });
}

/** A run of three shards whose second image waits until it is released. */
async function slowRun() {
  const folder = await Deno.makeTempDir();
  let release = () => {};
  const released = new Promise<void>((resolve) => release = resolve);
  const photo = await Deno.readFile(`${PHOTOS}/drum.jpg`);
  const images = imageServer({
    "/slow": async () => {
      await released;
      return new Response(photo);
    },
  });
  const slow = `${images.url}/slow`;
  const { plan } = await smallRun({
    urls: ["drum.jpg", slow, "drum.jpg", slow, "drum.jpg", slow],
    shardSize: 2,
    root: PHOTOS,
    storage: folderStorage(folder),
  });
  return {
    folder,
    plan,
    images,
    release,
    async [Symbol.asyncDispose]() {
      release();
      await images[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function work(children: Children, folder: string, queue: string): Child {
  return children.start(
    ...["batch", "work", folder, "--queue", queue, "--threads", "1"],
  );
}

testWorker(
  "a worker finishes its shard at SIGTERM, and others do the rest",
  async () => {
    await using broker = await startRedis();
    await using run = await slowRun();
    await using children = new Children(run.folder, {});
    const queue = await openQueue(broker.address, run.plan);
    await queue.add([0, 1, 2]);
    const first = work(children, run.folder, broker.address);
    await until("asked", () => run.images.asked.length > 0, first.output);
    first.kill("SIGTERM");
    await until("told", () => /SIGTERM/.test(first.output()), first.output);
    run.release();
    assert.equal(await first.ended, 0, first.output());
    assert.match(first.output(), /1 shard with 2 images done here, 0 failed/);
    const { waiting, active, delayed } = await queue.counts();
    assert.deepEqual({ waiting, active, delayed }, {
      waiting: 2,
      active: 0,
      delayed: 0,
    });
    const second = work(children, run.folder, broker.address);
    assert.equal(await second.ended, 0, second.output());
    assert.match(second.output(), /2 shards .* the run is complete, 3 shards/);
    await queue.close();
  },
);

testWorker(
  "a worker whose queue is empty, and then away, ends at SIGTERM",
  async () => {
    await using broker = await startRedis();
    await using run = await slowRun();
    await using children = new Children(run.folder, {});
    const worker = work(children, run.folder, broker.address);
    const tells = (line: RegExp) =>
      until(`${line}`, () => line.test(worker.output()), worker.output);
    await tells(/waiting: the queue is empty, and 3 shards have no result\. /);
    await broker.kill();
    await tells(/can't be used now: .*; trying again/);
    worker.kill("SIGTERM");
    assert.equal(await worker.ended, 0, worker.output());
  },
);
