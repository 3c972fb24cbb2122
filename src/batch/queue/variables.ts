/**
 * The environment variables read by the packages for queues: by BullMQ and Redis, then by
 * PostgreSQL. In Deno, the packages fail without the permission to read them.
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
