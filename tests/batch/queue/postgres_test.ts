import assert from "node:assert/strict";
import {
  askingForPassword,
  checkClock,
} from "../../../src/batch/queue/postgres.ts";

/** The messages about a server whose clock differs by `difference` ms. */
async function told(difference: number): Promise<string[]> {
  const messages: string[] = [];
  const client = {
    // PostgreSQL returns the type `numeric` as text.
    query: () =>
      Promise.resolve({ rows: [{ now: `${Date.now() + difference}.25` }] }),
  };
  await checkClock(client, "postgres://host", (it) => messages.push(it));
  return messages;
}

Deno.test("a PostgreSQL whose clock is about right needs no words", async () => {
  for (const difference of [0, 2000, -2000]) {
    assert.deepEqual(await told(difference), []);
  }
});

Deno.test("a PostgreSQL whose clock differs is told", async () => {
  for (const difference of [95_400, -95_400]) {
    const [message] = await told(difference);
    assert.match(message!, /differs by 95 s from that of postgres:\/\/host/);
  }
});

Deno.test("a server that wants a password gets none from a file", () => {
  const Client = askingForPassword(
    class {
      password: unknown;
      constructor(config: unknown) {
        this.password = (config as { password?: string }).password ?? null;
      }
    },
  );
  assert.equal(new Client({ password: "secret" }).password, "secret");
  const { password } = new Client({});
  assert.throws(password as () => unknown, {
    name: "QueueError",
    message:
      "it wants a password, and neither the address nor PGPASSWORD has one",
  });
});
