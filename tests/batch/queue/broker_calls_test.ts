import assert from "node:assert/strict";
import { BrokerCalls } from "../../../src/batch/queue/broker_calls.ts";

/** Calls of a broker, and their messages. */
function calls(problem?: string): { calls: BrokerCalls; told: string[] } {
  const told: string[] = [];
  const broker = { problem: () => problem };
  const calls = new BrokerCalls(broker, "redis://host", (it) => told.push(it));
  return { calls, told };
}

const fail = () => Promise.reject(new Error("connection reset"));
const answer = () => Promise.resolve("answer");

Deno.test("a broker that goes away and comes back is told once each", async () => {
  const { calls: broker, told } = calls();
  assert.equal(await broker.once(answer), "answer");
  await assert.rejects(broker.once(fail), /^Error: connection reset$/);
  await assert.rejects(broker.once(fail));
  await broker.once(answer);
  await broker.once(answer);
  assert.deepEqual(told, [
    "redis://host can't be used now: connection reset; trying again",
    "redis://host can be used again",
  ]);
});

Deno.test("a call that began before a broker went away or came back changes nothing", async () => {
  const { calls: broker, told } = calls();
  const early = Promise.withResolvers<void>();
  const earlyCall = broker.once(() => early.promise);
  await assert.rejects(broker.once(fail));
  early.resolve();
  await earlyCall;
  await assert.rejects(broker.once(fail));
  assert.equal(told.length, 1);

  const late = Promise.withResolvers<void>();
  const lateCall = broker.once(() => late.promise);
  await broker.once(answer);
  late.reject(new Error("connection reset"));
  await assert.rejects(lateCall);
  await broker.once(answer);
  assert.equal(told.length, 2);
});

Deno.test("the broker's own reason is told, if it is known", async () => {
  const { calls: broker, told } = calls("connect ECONNREFUSED");
  await assert.rejects(broker.once(fail));
  assert.match(told[0]!, /: connect ECONNREFUSED; trying again$/);
});

Deno.test("a command tries again until the broker answers", async () => {
  const { calls: broker, told } = calls();
  let tries = 0;
  const result = await broker.untilAnswered(() =>
    ++tries === 2 ? answer() : fail()
  );
  assert.deepEqual([result, tries, told.length], ["answer", 2, 2]);
});

Deno.test("a refusal is an answer: it isn't told, and no other try is made", async () => {
  const { calls: broker, told } = calls();
  let tries = 0;
  const refuse = () => {
    tries++;
    return Promise.reject(
      Object.assign(new Error("Missing lock for job 1"), { code: -2 }),
    );
  };
  await assert.rejects(broker.untilAnswered(refuse), {
    name: "QueueError",
    message: "Cannot use the queue at redis://host: Missing lock for job 1",
  });
  assert.deepEqual([tries, told], [1, []]);
});

Deno.test("a command ends with its queue, although the broker is away", async () => {
  const { calls: broker } = calls();
  broker.close();
  await assert.rejects(broker.untilAnswered(fail), { name: "QueueError" });
});
