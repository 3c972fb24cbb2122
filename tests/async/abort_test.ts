import assert from "node:assert/strict";
import { abortable, throwIfAborted } from "../../src/async/abort.ts";

const never = new Promise<never>(() => {});

Deno.test("throwIfAborted() throws the signal's reason as the cause", () => {
  throwIfAborted(undefined);
  const controller = new AbortController();
  throwIfAborted(controller.signal);
  controller.abort("why");
  assert.throws(
    () => throwIfAborted(controller.signal),
    { name: "AbortError", code: "aborted", cause: "why" },
  );
});

Deno.test("abortable() gives the outcome of work, or the signal's reason when that is first", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  assert.equal(await abortable(Promise.resolve(1), signal), 1);
  assert.equal(await abortable(Promise.resolve(2), undefined), 2);
  const fault = new Error("its own");
  await assert.rejects(abortable(Promise.reject(fault), signal), fault);

  const { promise, reject } = Promise.withResolvers<never>();
  const ended = [abortable(promise, signal), abortable(never, signal)];
  controller.abort("why");
  for (const it of [...ended, abortable(never, signal)]) {
    await assert.rejects(it, (reason) => reason === "why");
  }
  reject(new Error("nobody waits for this"));
  await new Promise((resolve) => setTimeout(resolve));
});
