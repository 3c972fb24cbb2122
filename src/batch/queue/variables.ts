/**
 * The environment variables that the packages of queues read, without which Deno lets
 * them do nothing: those of BullMQ and Redis, and those of PostgreSQL.
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
