import assert from "node:assert/strict";
import { nestedWorkersHang } from "../../src/runtime/nested_workers.ts";
import { startSourceWorker } from "../../src/runtime/source_worker.ts";
import { silenceWorkers } from "../silent_workers.ts";

const ECHO = "(answer) => answer";

Deno.test("a worker tells that it runs before it answers", async () => {
  const worker = startSourceWorker<string, string>(ECHO, "echo");
  try {
    const order: string[] = [];
    const answered = new Promise((resolve) =>
      worker.listen((it) => resolve(order.push(it)), () => {})
    );
    const started = worker.started().then(() => order.push("started"));
    worker.post("answer");
    await Promise.all([started, answered]);
    assert.deepEqual(order, ["started", "answer"]);
    await worker.started();
  } finally {
    worker.terminate();
  }
});

Deno.test("a worker that never starts isn't waited for without end", async () => {
  using _ = silenceWorkers();
  const worker = startSourceWorker(ECHO, "echo");
  worker.listen(() => assert.fail(), () => assert.fail());
  await assert.rejects(worker.started(), {
    message: "it hasn't started in 20 s",
  });
  worker.terminate();
});

Deno.test("a worker that is ended isn't waited for", async () => {
  const worker = startSourceWorker(ECHO, "echo");
  worker.listen(() => {}, () => {});
  const started = worker.started();
  worker.terminate();
  await assert.rejects(started, { message: "it was ended" });
});

Deno.test("a worker starts no worker in Firefox, unless its page starts it", () => {
  const { Worker } = globalThis;
  const names = ["WorkerGlobalScope", "navigator", "Worker"] as const;
  const before = names.map((it) =>
    Object.getOwnPropertyDescriptor(globalThis, it)
  );
  const disguise = (isWorker: boolean, agent: string, type: unknown) => {
    const values = [
      isWorker ? class {} : undefined,
      { userAgent: agent },
      type,
    ];
    for (const [i, name] of names.entries()) {
      Object.defineProperty(globalThis, name, {
        value: values[i],
        configurable: true,
      });
    }
    return nestedWorkersHang();
  };
  const gecko = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101";
  const firefox = `${gecko} Firefox/153.0`;
  const chrome =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
  // Its source looks like a browser's native code.
  const own = Worker.bind(null);
  try {
    assert.equal(disguise(true, firefox, own), true);
    assert.throws(() => startSourceWorker(ECHO, "echo"), {
      message: "Firefox may hang where a worker starts a worker",
    });
    assert.equal(disguise(true, firefox, class {}), false);
    assert.equal(disguise(false, firefox, own), false);
    assert.equal(disguise(true, chrome, own), false);
  } finally {
    for (const [i, name] of names.entries()) {
      const it = before[i];
      if (it) Object.defineProperty(globalThis, name, it);
      else Reflect.deleteProperty(globalThis, name);
    }
  }
});
