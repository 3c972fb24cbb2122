import { ArgumentError } from "../../errors.ts";
import { type BatchPlan, planDigest } from "../plan.ts";
import { BullQueue } from "./bull_queue.ts";
import { connectPostgres } from "./postgres.ts";
import type { ShardQueue } from "./queue.ts";
import { connectRedis } from "./redis.ts";

/** Options for opening a queue. */
export interface QueueOptions {
  /**
   * The time in seconds that a worker keeps a shard without renewing its lock; 60 unless
   * given, at least 1. If the worker dies, another one can take the shard after 0.75 to
   * 1.5 times that time.
   */
  readonly lockSeconds?: number;
  /** How many workers may die on a shard before it fails; 20 unless given. */
  readonly maxStalled?: number;
  /**
   * Called with a message if jobs may get lost, and when the queue goes away or comes
   * back.
   */
  readonly tell?: (message: string) => void;
}

const CONNECT = {
  "redis:": connectRedis,
  "rediss:": connectRedis,
  "postgres:": connectPostgres,
  "postgresql:": connectPostgres,
} as const;

/**
 * Opens the queue of a batch run. Its server must be running now; if it goes away later,
 * calls wait for it.
 *
 * @param address `redis://[user:password@]host[:port][/number]`, `rediss:` for TLS, or
 * `postgres://[user[:password]@]host[:port][/database]`.
 * @throws {ArgumentError} When the address is another one.
 * @throws {QueueError} When the server can't be reached or can't keep a queue.
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
  const settings = {
    id,
    lockDuration: lockSeconds * 1000,
    maxStalledCount: maxStalled,
  };
  const broker = await connect(url, shown, tell);
  return new BullQueue(broker, settings, shown, tell);
}

/**
 * Parses the address of a queue.
 *
 * @throws {ArgumentError} When it isn't an address of Redis or PostgreSQL.
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

/** An address without its secrets: user, password and parameters. */
function displayQueue({ protocol, host, pathname }: URL): string {
  return host === "" ? protocol : `${protocol}//${host}${pathname}`;
}
