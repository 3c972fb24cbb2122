/**
 * The queue of a batch run on its brokers; needs Debian's packages `redis-server` and
 * `postgresql`.
 */
import assert from "node:assert/strict";
import {
  openQueue,
  type QueueOptions,
} from "../../src/batch/queue/open_queue.ts";
import type { ShardAttempt, ShardQueue } from "../../src/batch/queue/queue.ts";
import { planOf } from "../batch/plan_of.ts";
import type { BrokerServer } from "./brokers/broker_server.ts";
import type { BusyWork } from "./brokers/busy_worker.ts";
import { postgresFolder, startPostgres } from "./brokers/postgres_server.ts";
import { hasRedis, startRedis } from "./brokers/redis_server.ts";

const postgres = await postgresFolder();
const servers = {
  Redis: await hasRedis() ? () => startRedis() : undefined,
  PostgreSQL: postgres === undefined
    ? undefined
    : () => startPostgres(postgres),
};

/** A worker that runs until no shard is left. */
async function work(
  queue: ShardQueue,
  run: (shard: number, attempt: ShardAttempt) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  await queue.work(run, {
    signal: stop.signal,
    async onIdle() {
      try {
        const { waiting, active, delayed } = await queue.counts();
        if (waiting + active + delayed === 0) stop.abort();
      } catch {
        // The server is down.
      }
    },
  });
}

Deno.test({
  name: "Redis: a password is asked for, and refused if it is wrong",
  ignore: servers.Redis === undefined,
  async fn() {
    await using server = await startRedis();
    const plan = planOf(25, 10);
    const open = async (login: string) => {
      const address = server.address.replace("//", `//${login}`);
      const queue = await openQueue(address, plan);
      await queue.close();
    };
    await open("");
    const { hostname, port } = new URL(server.address);
    await setPassword(hostname, Number(port), "a b");
    await assert.rejects(open(""), {
      name: "QueueError",
      message:
        `Cannot use ${server.address} as it wants a password: put it into the URL, redis://:PASSWORD@127.0.0.1:${port}`,
    });
    await assert.rejects(open(":c@"), {
      name: "QueueError",
      message:
        `Cannot use ${server.address} as it refuses the user or the password in the URL`,
    });
    await open(":a%20b@");
  },
});

/** Makes a running Redis ask new clients for a password. */
async function setPassword(hostname: string, port: number, password: string) {
  using connection = await Deno.connect({ hostname, port });
  const command = `CONFIG SET requirepass "${password}"\r\n`;
  await connection.write(new TextEncoder().encode(command));
  const answer = new Uint8Array(64);
  const length = await connection.read(answer) ?? 0;
  assert.match(new TextDecoder().decode(answer.subarray(0, length)), /^\+OK/);
}

Deno.test({
  name: "PostgreSQL: a worker whose clock is fast is told",
  ignore: postgres === undefined,
  async fn() {
    await using server = await startPostgres(postgres!);
    const told: string[] = [];
    const { now } = Date;
    try {
      Date.now = () => now() + 95_000;
      const tell = (message: string) => told.push(message);
      const queue = await openQueue(server.address, planOf(25, 10), { tell });
      await queue.close();
    } finally {
      Date.now = now;
    }
    assert.equal(told.length, 1);
    assert.match(told[0]!, /the clock of this machine differs by 95 s/);
  },
});

for (const [name, start] of Object.entries(servers)) {
  const ignore = start === undefined;
  const test = (title: string, fn: (server: BrokerServer) => Promise<void>) =>
    Deno.test({
      name: `${name}${ignore ? ", which isn't installed" : ""}: ${title}`,
      ignore,
      async fn() {
        await using server = await start!();
        await fn(server);
      },
    });
  const open = (server: BrokerServer, options: QueueOptions = {}) =>
    openQueue(server.address, planOf(25, 10), options);
  /** Short locks. On a busy machine a shard may then be done twice. */
  const hurried = { lockSeconds: 1, maxStalled: 1 };

  test("shards are enqueued once, cancelled and enqueued again", async (server) => {
    const queues = await Promise.all([open(server), open(server)]);
    const [queue] = queues;
    const state = async () => {
      const { waiting, failed, isPaused } = await queue.counts();
      return { waiting, failed: failed.length, isPaused };
    };
    await Promise.all(queues.map((it) => it.add([0, 1, 2])));
    assert.deepEqual(await state(), { waiting: 3, failed: 0, isPaused: false });
    assert.equal(await queue.add([0, 1, 2]), 0);
    assert.equal(await queue.cancel(), 3);
    assert.deepEqual(await state(), { waiting: 0, failed: 0, isPaused: true });
    assert.equal(await queue.add([1, 2]), 2);
    assert.deepEqual(await state(), { waiting: 2, failed: 0, isPaused: false });

    const done: number[] = [];
    await work(queue, (shard) => Promise.resolve(void done.push(shard)));
    assert.deepEqual(done.sort(), [1, 2]);
    // Their jobs have ended, but shards without a result must be done again.
    assert.equal(await queue.add([0, 1, 2]), 3);
    assert.equal((await state()).waiting, 3);
    await Promise.all(queues.map((it) => it.close()));
  });

  test("a shard that fails is tried three times, and again", async (server) => {
    const queue = await open(server);
    await queue.add([0, 1]);
    const tries: [number, boolean][] = [];
    await work(queue, (shard, { isLast }) => {
      tries.push([shard, isLast]);
      return shard === 1
        ? Promise.reject(new Error("the disk is full"))
        : Promise.resolve();
    });
    assert.deepEqual(tries.filter(([shard]) => shard === 1), [
      [1, false],
      [1, false],
      [1, true],
    ]);
    const { failed } = await queue.counts();
    assert.deepEqual(failed, [{ shard: 1, reason: "the disk is full" }]);
    assert.equal(await queue.retry(), 1);
    tries.length = 0;
    await work(queue, (shard, { isLast }) => {
      tries.push([shard, isLast]);
      return Promise.resolve();
    });
    assert.deepEqual(tries, [[1, false]]);
    assert.deepEqual((await queue.counts()).failed, []);
    await queue.close();
  });

  test("a worker that stops responding loses its shard", async (server) => {
    const queue = await open(server, hurried);
    await queue.add([0]);
    const thread = new Worker(
      new URL("brokers/busy_worker.ts", import.meta.url),
      { type: "module" },
    );
    const said = (what: string) =>
      new Promise<void>((resolve) =>
        thread.addEventListener("message", ({ data }) => {
          if (data === what) resolve();
        })
      );
    const [taken, lost, closed] = ["taken", "lost", "closed"].map(said);
    const isOver = new Int32Array(new SharedArrayBuffer(4));
    const busy: BusyWork = { address: server.address, isOver };
    thread.postMessage(busy);
    await taken;
    const runs = new Set<number>();
    await work(queue, (shard) => Promise.resolve(void runs.add(shard)));
    assert.deepEqual([...runs], [0]);
    Atomics.store(isOver, 0, 1);
    Atomics.notify(isOver, 0);
    await lost;
    await closed;
    thread.terminate();
    await queue.close();
  });

  test("a shard that ends its workers fails, and has all tries again", async (server) => {
    const queue = await open(server, hurried);
    await queue.add([0]);
    for (let i = 0; i < 2; i++) {
      // A worker that dies: it takes the shard and does nothing more.
      const worker = await open(server, hurried);
      const stop = new AbortController();
      await new Promise<void>((resolve) => {
        worker.work(() => {
          resolve();
          return new Promise(() => {});
        }, { signal: stop.signal, onIdle() {} });
      });
      await worker.close();
    }
    const runs = new Set<number>();
    const run = (shard: number) => Promise.resolve(void runs.add(shard));
    await work(queue, run);
    assert.deepEqual([...runs], []);
    const { failed } = await queue.counts();
    assert.equal(failed[0]?.shard, 0);
    assert.match(failed[0]!.reason, /was started 2 times and never finished/);
    assert.equal(await queue.retry(), 1);
    await work(queue, run);
    assert.deepEqual([...runs], [0]);
    await queue.close();
  });

  test("a server that goes away is waited for, and told once", async (server) => {
    const told: string[] = [];
    const queue = await open(server, {
      ...hurried,
      tell: (message) => told.push(message),
    });
    await queue.add([0, 1, 2]);
    const done = new Set<number>();
    let started: Promise<void> | undefined;
    await work(queue, async (shard) => {
      done.add(shard);
      // Only once: this shard may be handed out again.
      if (done.size !== 2 || started !== undefined) return;
      const killed = server.kill();
      // Meanwhile locks can't be renewed, and reports don't arrive.
      started = killed
        .then(() => new Promise<void>((resolve) => setTimeout(resolve, 3000)))
        .then(() => server.start());
      await killed;
    });
    await started;
    assert.deepEqual([...done].sort(), [0, 1, 2]);
    assert.equal(told.length, 2, told.join("\n"));
    assert.match(told[0]!, /can't be used now: .*; trying again$/);
    assert.match(told[1]!, /can be used again$/);

    await server.kill();
    const before = performance.now();
    await queue.close();
    // It has its own limit, whatever the state of the server.
    assert.ok(performance.now() - before < 60_000);
  });
}
