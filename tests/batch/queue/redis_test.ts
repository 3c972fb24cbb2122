import assert from "node:assert/strict";
import { checkRedis, loginFault } from "../../../src/batch/queue/redis.ts";

const SOUND = {
  redis_version: "7.0.15",
  loading: "0",
  cluster_enabled: "0",
  aof_enabled: "1",
  maxmemory_policy: "noeviction",
};

/** The messages about a server that reports this configuration. */
async function told(
  infos: readonly (Readonly<Record<string, string>> | Error)[],
  save: string | Error = "",
): Promise<string[]> {
  const messages: string[] = [];
  const rest = [...infos];
  await checkRedis(
    {
      info() {
        const info = rest.length > 1 ? rest.shift()! : rest[0]!;
        if (info instanceof Error) return Promise.reject(info);
        const lines = Object.entries(info).map(([key, it]) => `${key}:${it}`);
        return Promise.resolve(["# Server", ...lines, ""].join("\r\n"));
      },
      configGet: () =>
        save instanceof Error
          ? Promise.reject(save)
          : Promise.resolve({ save }),
    },
    "redis://host",
    (message) => messages.push(message),
  );
  return messages;
}

Deno.test("a Redis that keeps its jobs needs no words", async () => {
  assert.deepEqual(await told([SOUND]), []);
});

Deno.test("a Redis that loses jobs is told", async () => {
  const unsaved = { ...SOUND, aof_enabled: "0" };
  const [nothing] = await told([unsaved]);
  assert.match(nothing!, /keeps nothing on disk/);
  const [snapshots] = await told([unsaved], "3600 1 300 100");
  assert.match(snapshots!, /loses the jobs since its last snapshot/);
  const [unknown] = await told([unsaved], new Error("NOPERM no permissions"));
  assert.match(unknown!, /doesn't say whether it keeps jobs on disk/);
  const [evicts] = await told([{ ...SOUND, maxmemory_policy: "allkeys-lru" }]);
  assert.match(evicts!, /should be noeviction, not allkeys-lru/);
});

Deno.test("a Redis that says nothing of itself is used", async () => {
  assert.deepEqual(await told([new Error("NOPERM no permissions")]), []);
  assert.deepEqual(await told([{}]), []);
});

Deno.test("a Redis that loads is waited for, and told once", async () => {
  const messages = await told([{ ...SOUND, loading: "1" }, SOUND]);
  assert.deepEqual(messages, [
    "redis://host is loading its data: waiting for it",
  ]);
});

Deno.test("a Redis that can't keep a queue is refused", async () => {
  await assert.rejects(told([{ ...SOUND, redis_version: "4.0.9" }]), {
    name: "QueueError",
    message: /must be of version 5 or later: it is 4\.0\.9/,
  });
  await assert.rejects(told([{ ...SOUND, cluster_enabled: "1" }]), {
    name: "QueueError",
    message: /it is a cluster/,
  });
  await assert.rejects(
    told([new Error("NOAUTH Authentication required.")]),
    /NOAUTH/,
  );
});

Deno.test("a Redis that refuses a password, or none, says what to do", () => {
  const fault = (text: string) =>
    loginFault("rediss://host:6379/1", new Error(text))?.message;
  assert.equal(
    fault("NOAUTH Authentication required."),
    "Cannot use rediss://host:6379/1 as it wants a password: put it into the URL, rediss://:PASSWORD@host:6379/1",
  );
  assert.equal(
    fault("WRONGPASS invalid username-password pair or user is disabled."),
    "Cannot use rediss://host:6379/1 as it refuses the user or the password in the URL",
  );
  assert.equal(fault("NOPERM no permissions"), undefined);
});
