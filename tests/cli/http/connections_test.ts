import assert from "node:assert/strict";
import { Connections, isLoopback } from "../../../src/cli/http/connections.ts";

/** Named connections, and a clock that the test sets. */
function connections(limits: { all?: number; perAddress?: number } = {}) {
  const closed: string[] = [];
  let now = 0;
  const open = new Connections<string>(
    {
      connections: limits.all ?? 3,
      perAddress: limits.perAddress ?? 3,
      head: 10,
      idle: 60,
    },
    (name) => void closed.push(name),
    () => now,
  );
  return {
    open,
    closed,
    at(time: number) {
      now = time;
      return open;
    },
  };
}

Deno.test("a new connection takes the place of the one that has waited longest", () => {
  const { open, closed, at } = connections();
  for (const [i, name] of ["a", "b", "c"].entries()) {
    assert.ok(at(i).admit(name, `192.0.2.${i}`));
  }
  at(3).enter("a", "idle");
  assert.ok(open.admit("d", "192.0.2.9"));
  assert.deepEqual(closed, ["b"]);
  assert.equal(open.size, 3);
});

Deno.test("one that is worked for is never closed for a new one, one that sends last", () => {
  const { open, closed, at } = connections();
  for (const name of ["busy", "body", "idle"]) open.admit(name, "192.0.2.1");
  open.enter("busy", "busy");
  open.enter("body", "body");
  at(5).enter("idle", "idle");
  open.admit("x", "192.0.2.2");
  open.enter("x", "busy");
  assert.deepEqual(closed, ["idle"]);
  open.admit("y", "192.0.2.2");
  open.enter("y", "busy");
  assert.deepEqual(closed, ["idle", "body"]);
  assert.equal(open.admit("z", "192.0.2.2"), false);
  assert.equal(open.size, 3);
});

Deno.test("an address has a bound of its own, and takes none of the others' places", () => {
  const { open, closed } = connections({ all: 10, perAddress: 2 });
  open.admit("other", "192.0.2.1");
  for (let i = 0; i < 5; i++) open.admit(`${i}`, "2001:db8::1");
  assert.deepEqual(closed, ["0", "1", "2"]);
  open.enter("3", "busy");
  open.enter("4", "busy");
  assert.equal(open.admit("5", "2001:db8:0:0:ffff::9"), false);
  assert.ok(open.admit("6", "2001:db8:0:1::1"));
});

Deno.test("a head has its time, from its first byte; so has a pause between requests", () => {
  const { open, closed, at } = connections({ all: 9, perAddress: 9 });
  for (const name of ["new", "head", "body", "busy", "idle", "again"]) {
    open.admit(name, "192.0.2.1");
  }
  at(5).receive("head");
  open.enter("body", "body");
  open.enter("busy", "busy");
  open.enter("idle", "idle");
  open.enter("again", "idle");
  at(11).closeLate();
  assert.deepEqual(closed.splice(0), ["new"]);
  // Further bytes don't extend the time limit.
  at(14).receive("head");
  at(16).closeLate();
  assert.deepEqual(closed.splice(0), ["head"]);
  at(60).receive("again");
  at(66).closeLate();
  assert.deepEqual(closed.splice(0), ["idle"]);
  at(71).closeLate();
  assert.deepEqual(closed.splice(0), ["again"]);
  at(1e6).closeLate();
  assert.deepEqual(closed, []);
});

Deno.test("where descriptors are short there are fewer from then on", () => {
  const { open, closed } = connections({ all: 100, perAddress: 100 });
  for (let i = 0; i < 40; i++) open.admit(`${i}`, "192.0.2.1");
  open.lower();
  assert.equal(open.most, 24);
  assert.equal(open.size, 24);
  assert.equal(closed[0], "0");
  open.admit("new", "192.0.2.2");
  assert.equal(open.size, 24);
  open.closeIdle();
  assert.equal(open.size, 0);
});

Deno.test("isLoopback() knows what others reach", () => {
  for (const it of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]) {
    assert.ok(isLoopback(it), it);
  }
  for (const it of ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "1::1"]) {
    assert.ok(!isLoopback(it), it);
  }
});
