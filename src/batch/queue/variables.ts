/**
 * The environment variables that the packages of queues read: those of BullMQ and Redis,
 * then those of PostgreSQL. Without the right to read them the packages fail in Deno.
 */
export const QUEUE_VARIABLES = [
  "NODE_ENV",
  "MSGPACKR_NATIVE_ACCELERATION_DISABLED",
  "REDIS_DEBUG_MAINTENANCE",
  "PGUSER",
  "PGPASSWORD",
  "PGDATABASE",
  "PGBINARY",
  "PGSSLMODE",
  "PGSSLNEGOTIATION",
  "PGCLIENT_ENCODING",
  "PGREPLICATION",
  "PGAPPNAME",
] as const;
