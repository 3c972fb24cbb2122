/**
 * Measures the processor time that a queue costs per shard, in its worker and in its
 * server, with shards that do nothing: `deno task bench-batch`. It needs the servers of
 * Debian's packages `redis-server` and `postgresql`, and skips a server that isn't
 * installed.
 *
 * @module
 */
import process from "node:process";
import { readOptions } from "./options.ts";
import { openQueue } from "../src/batch/queue/open_queue.ts";
import { planOf } from "../tests/batch/plan_of.ts";
import type { BrokerServer } from "../tests/long/brokers/broker_server.ts";
import {
  postgresFolder,
  startPostgres,
} from "../tests/long/brokers/postgres_server.ts";
import { hasRedis, startRedis } from "../tests/long/brokers/redis_server.ts";
import { alignRows } from "../src/text/text_table.ts";

/** Processor time of 1000 images, in s: 80 ms per image for `nsfw` at full size. */
const SHARD_SECONDS = 80;

/** The processor time of this process, in s. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Enqueues and runs shards, and returns the processor time of each step per shard. */
async function measure(
  server: BrokerServer,
  shards: number,
): Promise<{ readonly enqueue: Cost; readonly work: Cost }> {
  const queue = await openQueue(server.address, planOf(shards, 1));
  const cost = async (action: () => Promise<void>): Promise<Cost> => {
    const before = [cpu(), server.cpuSeconds()];
    await action();
    const [client, broker] = [cpu(), server.cpuSeconds()].map((it, i) =>
      (it - before[i]!) * 1000 / shards
    );
    return { client: client!, broker: broker! };
  };
  try {
    const enqueue = await cost(async () => {
      await queue.add(Array.from({ length: shards }, (_, i) => i));
    });
    const stop = new AbortController();
    let done = 0;
    const work = await cost(() =>
      queue.work(() => {
        if (++done === shards) stop.abort();
        return Promise.resolve();
      }, { signal: stop.signal, onIdle() {} })
    );
    return { enqueue, work };
  } finally {
    await queue.close();
  }
}

/** Processor time per shard, in ms. */
interface Cost {
  readonly client: number;
  readonly broker: number;
}

if (import.meta.main) {
  const { shards } = readOptions("bench-batch", { shards: 2000 });
  const postgres = await postgresFolder();
  const servers: [string, (() => Promise<BrokerServer>) | undefined][] = [
    [
      "Redis",
      await hasRedis() ? () => startRedis(["--appendonly", "yes"]) : undefined,
    ],
    ["PostgreSQL", postgres ? () => startPostgres(postgres) : undefined],
  ];
  const rows: string[][] = [];
  for (const [name, start] of servers) {
    if (start === undefined) {
      console.error(`${name} isn't installed`);
      continue;
    }
    await using server = await start();
    // Warm up, so that programs are compiled.
    await measure(server, 200);
    const { enqueue, work } = await measure(server, shards);
    const all = enqueue.client + enqueue.broker + work.client + work.broker;
    rows.push([
      name,
      ...[enqueue.client, enqueue.broker, work.client, work.broker, all].map(
        (it) => it.toFixed(2),
      ),
      `${(all / SHARD_SECONDS / 10).toFixed(4)}%`,
    ]);
  }
  const header = [
    "ms of a processor a shard",
    ...["enqueue", "its server", "work", "its server", "all"],
    "of 1000 images",
  ];
  console.log(`${shards} shards\n`);
  const alignments = header.map((_, i) => i === 0 ? "left" : "right");
  console.log(alignRows([header, ...rows], alignments).join("\n"));
}
