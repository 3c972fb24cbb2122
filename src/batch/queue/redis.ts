import { delay } from "../../async/delay.ts";
import { importPackage } from "../../runtime/packages.ts";
import type { Broker, BullMq, Tell } from "./broker.ts";
import { connectionReason, QueueError, unreachable } from "./queue_error.ts";

/** The longest pause between two attempts to reconnect, in ms. */
const LONGEST_PAUSE = 5000;

/** The part of `redis` in use. Its own types need other Node.js types than Deno's. */
interface Redis {
  createClient(options: {
    readonly url: string;
    readonly disableOfflineQueue: boolean;
    readonly socket: {
      readonly connectTimeout: number;
      readonly reconnectStrategy: (tries: number) => false | number;
    };
  }): Client;
}

interface Client extends Commands {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  destroy(): void;
  on(event: "error", listener: (error: unknown) => void): void;
  on(event: "ready", listener: () => void): void;
}

/**
 * Connects to Redis or Valkey. The server must be running now; if it goes away later, the
 * client reconnects.
 *
 * @param shown Its address without secrets.
 * @throws {QueueError} When it can't be reached or can't keep a queue.
 */
export async function connectRedis(
  url: URL,
  shown: string,
  tell: Tell,
): Promise<Broker> {
  const { createClient } = await importPackage<Redis>(
    "redis",
    "for a queue in Redis",
    ["bullmq"],
  );
  let isConnected = false;
  let problem: string | undefined;
  const client = createClient({
    url: url.href,
    // Calls fail immediately, instead of waiting, while the server is away.
    disableOfflineQueue: true,
    socket: {
      connectTimeout: 10_000,
      reconnectStrategy: (tries) =>
        isConnected && Math.min(100 * 2 ** tries, LONGEST_PAUSE),
    },
  });
  client.on("error", (error) => problem = connectionReason(error));
  client.on("ready", () => problem = undefined);
  try {
    await client.connect();
    isConnected = true;
    await checkRedis(client, shown, tell);
  } catch (cause) {
    if (client.isOpen) client.destroy();
    if (cause instanceof QueueError) throw cause;
    throw loginFault(shown, cause) ?? unreachable(shown, cause);
  }
  const bullMq = await importPackage<BullMq>("bullmq", "for a queue");
  return {
    bullMq,
    connection: bullMq.createNodeRedisClient(client as never),
    // Avoids a second connection, on which BullMQ's own loop would wait for jobs.
    createBackend: (name, options) => bullMq.createRedisBackend(name, options),
    problem: () => problem,
    end() {
      if (client.isOpen) client.destroy();
      return Promise.resolve();
    },
  };
}

/** The error of a server that refuses the password in the URL, or its absence. */
export function loginFault(
  shown: string,
  cause: unknown,
): QueueError | undefined {
  const reason = connectionReason(cause);
  const fault = /^NOAUTH\b/.test(reason)
    ? `it wants a password: put it into the URL, ${
      shown.replace("//", "//:PASSWORD@")
    }`
    : /^WRONGPASS\b/.test(reason)
    ? "it refuses the user or the password in the URL"
    : undefined;
  return fault === undefined
    ? undefined
    : new QueueError(`Cannot use ${shown} as ${fault}`, { cause });
}

/** The commands that {@linkcode checkRedis} sends. */
interface Commands {
  info(): Promise<string>;
  configGet(name: string): Promise<Record<string, string>>;
}

/**
 * Waits until a server has loaded its data. Warns if jobs may get lost.
 *
 * @throws {QueueError} When it is too old, or a cluster.
 */
export async function checkRedis(
  server: Commands,
  shown: string,
  tell: Tell,
): Promise<void> {
  let info = await readInfo(server);
  if (info.loading === "1") {
    tell(`${shown} is loading its data: waiting for it`);
    while (info.loading === "1") {
      await delay(500, undefined);
      info = await readInfo(server);
    }
  }
  const version = info.valkey_version ?? info.redis_version;
  if (version !== undefined && parseInt(version) < 5) {
    throw new QueueError(
      `Cannot use ${shown} as Redis must be of version 5 or later: it is ${version}`,
    );
  }
  if (info.cluster_enabled === "1") {
    throw new QueueError(
      `Cannot use ${shown} as it is a cluster: a queue needs a single server`,
    );
  }
  const policy = info.maxmemory_policy;
  if (policy !== undefined && policy !== "noeviction") {
    tell(
      `${shown} may drop jobs when its memory is full: its maxmemory-policy should be noeviction, not ${policy}`,
    );
  }
  if (info.aof_enabled !== "0") return;
  const advice =
    `with "appendonly yes" it keeps them; if they get lost, totem batch plan --queue enqueues them again`;
  let save: string | undefined;
  try {
    ({ save } = await server.configGet("save"));
  } catch {
    // Hosting services may forbid the command, and may persist data in other ways.
    tell(`${shown} doesn't say whether it keeps jobs on disk: ${advice}`);
    return;
  }
  tell(
    save
      ? `${shown} loses the jobs since its last snapshot when it crashes: ${advice}`
      : `${shown} keeps nothing on disk, so it loses all jobs when it ends: ${advice}`,
  );
}

/** The response to INFO, by name; empty if the command is forbidden. */
async function readInfo(
  server: Commands,
): Promise<Partial<Record<string, string>>> {
  try {
    const lines = (await server.info()).split(/\r?\n/);
    return Object.fromEntries(
      lines.filter((line) => /^\w+:/.test(line)).map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1)];
      }),
    );
  } catch (error) {
    if (/^(NOPERM|ERR unknown command)/.test(connectionReason(error))) {
      return {};
    }
    throw error;
  }
}
