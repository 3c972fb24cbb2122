import { delay } from "../../async/delay.ts";
import { importPackage } from "../../runtime/packages.ts";
import type { Broker, BullMq, Tell } from "./broker.ts";
import { connectionReason, QueueError, unreachable } from "./queue_error.ts";

/** PostgreSQL's code `cannot_connect_now`: it is starting, recovering or shutting down. */
const NOT_NOW = "57P03";

/** The maximum time for closing connections, in ms. */
const TIME_TO_END = 2000;

/** The accepted difference between the clocks of a worker and of the server, in ms. */
const CLOCK_DIFFERENCE = 5000;

/** The part of `pg` in use, which has no types. */
interface Pg {
  readonly Pool: new (config: Record<string, unknown>) => Pool;
  readonly Client: new (config: unknown) => { password: unknown };
}

interface Pool {
  connect(): Promise<Client>;
  end(): Promise<void>;
  on(event: "error", listener: (error: unknown) => void): void;
  on(event: "connect" | "remove", listener: (client: Client) => void): void;
}

interface Client extends Queries {
  release(): void;
  on(event: "error", listener: () => void): void;
  readonly connection: { readonly stream: { destroy(): void } };
}

/**
 * Connects to PostgreSQL, and creates BullMQ's tables if missing. The server must be
 * running or starting now; if it goes away later, calls reconnect.
 *
 * @param shown Its address without secrets.
 * @throws {QueueError} When it can't be reached or can't keep a queue.
 */
export async function connectPostgres(
  url: URL,
  shown: string,
  tell: Tell,
): Promise<Broker> {
  const { Pool, Client } = await importPackage<Pg>(
    "pg",
    "for a queue in PostgreSQL",
    ["bullmq"],
  );
  const bullMq = await importPackage<BullMq>("bullmq", "for a queue");
  const pool = new Pool({
    Client: askingForPassword(Client),
    connectionString: inSchema(url, bullMq.DEFAULT_SCHEMA).href,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    max: 2,
  });
  const clients = new Set<Client>();
  let problem: string | undefined;
  pool.on("error", (error) => problem = connectionReason(error));
  pool.on("connect", (client) => {
    problem = undefined;
    clients.add(client);
    // For a connection that breaks while in use. The query rejects with the same error.
    client.on("error", () => {});
  });
  pool.on("remove", (client) => clients.delete(client));
  const end = async () => {
    await Promise.race([
      pool.end().catch(() => {}),
      delay(TIME_TO_END, undefined),
    ]);
    for (const client of clients) client.connection.stream.destroy();
  };
  try {
    await prepare(pool, bullMq, shown, tell);
  } catch (cause) {
    await end();
    throw unreachable(shown, cause);
  }
  return {
    bullMq,
    connection: pool,
    // Avoids a further connection, on which BullMQ's own loop would wait for jobs.
    createBackend: (name, options) =>
      bullMq.createPostgresBackend(name, options as never) as never,
    problem: () => problem,
    end,
  };
}

/**
 * Clients that fail if a server requires a password and there is none. `pg` would look
 * for a password file, which requires another permission in Deno, and would throw where
 * the error can't be caught.
 */
export function askingForPassword(Client: Pg["Client"]): Pg["Client"] {
  return class extends Client {
    constructor(config: unknown) {
      super(config);
      this.password ??= () => {
        throw new QueueError(
          "it wants a password, and neither the address nor PGPASSWORD has one",
        );
      };
    }
  };
}

/** Adds the option to the address that makes connections use a schema. */
function inSchema(url: URL, schema: string): URL {
  const result = new URL(url);
  const { searchParams } = result;
  const options = searchParams.get("options") ?? "";
  searchParams.set("options", `${options} -c search_path=${schema}`.trim());
  return result;
}

/** Waits until a database has started, and creates missing tables. */
async function prepare(
  pool: Pool,
  bullMq: BullMq,
  shown: string,
  tell: Tell,
): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      const client = await pool.connect();
      try {
        // Migrations start with CREATE SCHEMA, which not every user may run, even if the
        // schema exists.
        const version = await schemaVersion(client, bullMq);
        if (version < bullMq.LATEST_SCHEMA_VERSION) {
          await bullMq.runMigrations(client as never);
        }
        await checkClock(client, shown, tell);
        return;
      } finally {
        client.release();
      }
    } catch (error) {
      if ((error as { code?: unknown }).code !== NOT_NOW) throw error;
      if (tries === 0) tell(`${shown} is starting: waiting for it`);
      await delay(500, undefined);
    }
  }
}

async function schemaVersion(client: Client, bullMq: BullMq): Promise<number> {
  try {
    return await bullMq.assertSchemaCompatibility(client as never);
  } catch (error) {
    if (error instanceof bullMq.SchemaMigrationRequiredError) return 0;
    throw error;
  }
}

/** A connection that {@linkcode checkClock} queries. */
interface Queries {
  query(sql: string): Promise<{ readonly rows: readonly { now: unknown }[] }>;
}

/**
 * Warns if the clocks of this machine and of the server differ. BullMQ compares locks
 * with the workers' clocks, so a worker with a fast clock would take the shards of
 * others.
 */
export async function checkClock(
  client: Queries,
  shown: string,
  tell: Tell,
): Promise<void> {
  const before = Date.now();
  const { rows } = await client.query(
    "SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now",
  );
  // The server's time lies between request and response.
  const difference = Math.max(
    before - Number(rows[0]!.now),
    Number(rows[0]!.now) - Date.now(),
  );
  if (difference < CLOCK_DIFFERENCE) return;
  tell(
    `the clock of this machine differs by ${
      Math.round(difference / 1000)
    } s from that of ${shown}: set all machines by a time server, or workers take each other's shards`,
  );
}
