import { ArgumentError } from "../../errors.ts";
import { type BatchPlan, planDigest } from "../plan.ts";
import { BullQueue } from "./bull_queue.ts";
import { connectPostgres } from "./postgres.ts";
import type { ShardQueue } from "./queue.ts";
import { connectRedis } from "./redis.ts";

/** How a queue is opened. */
export interface QueueOptions {
  /**
   * How many seconds a shard stays a worker's that isn't heard of; 60 unless given, at
   * least 1. Others get it after up to twice as long.
   */
  readonly lockSeconds?: number;
  /** How many workers a shard may lose before it fails; 20 unless given. */
  readonly maxStalled?: number;
  /** Told in sentences what loses jobs, and when the queue goes away and is back. */
  readonly tell?: (message: string) => void;
}

const CONNECT = {
  "redis:": connectRedis,
  "rediss:": connectRedis,
  "postgres:": connectPostgres,
  "postgresql:": connectPostgres,
} as const;

/**
 * Opens the queue of a batch run. It must be there then; later it is waited for.
 *
 * @param address `redis://[user:password@]host[:port][/number]`, `rediss:` for TLS, or
 * `postgres://[user[:password]@]host[:port][/database]`.
 * @throws {ArgumentError} When it is another address.
 * @throws {QueueError} When it can't be reached or can't keep a queue.
 * @throws {PackageUnavailableError} When its packages aren't installed.
 */
export async function openQueue(
  address: string,
  plan: BatchPlan,
  { lockSeconds = 60, maxStalled = 20, tell = () => {} }: QueueOptions = {},
): Promise<ShardQueue> {
  const url = parseQueueAddress(address);
  const shown = displayQueue(url);
  const id = (await planDigest(plan)).slice(0, 16);
  const connect = CONNECT[url.protocol as keyof typeof CONNECT];
  return new BullQueue(await connect(url, shown, tell), {
    id,
    shown,
    lockDuration: lockSeconds * 1000,
    maxStalledCount: maxStalled,
    tell,
  });
}

/**
 * The address of a queue.
 *
 * @throws {ArgumentError} When nothing here connects to it.
 */
export function parseQueueAddress(address: string): URL {
  // Node 20 has no `URL.parse`.
  const url = URL.canParse(address) ? new URL(address) : null;
  const known = Object.keys(CONNECT).map((it) => `${it}//`);
  if (url !== null && known.includes(`${url.protocol}//`) && url.host !== "") {
    return url;
  }
  throw new ArgumentError(
    `Cannot open a queue at ${
      url === null ? "this address" : displayQueue(url)
    } as it must be a host after one of ${known.join(", ")}`,
  );
}

/** An address without what may be secret. */
function displayQueue({ protocol, host, pathname }: URL): string {
  return host === "" ? protocol : `${protocol}//${host}${pathname}`;
}
