import assert from "node:assert/strict";
import type { Gpu } from "../../../src/backends/webgpu/device.ts";
import { planGraph } from "../../../src/backends/webgpu/plan.ts";
import { openSession } from "../../../src/backends/webgpu/session.ts";
import {
  BackendUnavailableError,
  DeviceLostError,
  MemoryLimitError,
} from "../../../src/errors.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { noise } from "../../random.ts";
import { gpuFor, testGpu, TILE } from "./gpu.ts";
import { wholeWordNetwork } from "./whole_word_network.ts";

const network = await wholeWordNetwork();
const graph = inceptionV3({ ...network.architecture, variant: 75 });
const plan = planGraph(graph, 8, TILE);
const pixels = noise(75);

testGpu(
  "runs during which the device is lost say so, and the next opens another",
  async () => {
    const opened: Gpu[] = [];
    using session = await openSession(plan, network, async () => {
      opened.push(await gpuFor(plan));
      return opened.at(-1)!;
    });
    const expected = await session.run(pixels, "features");
    for (const _ of [1, 2]) {
      const { device } = opened.at(-1)!;
      // During a run, after submitting its commands.
      const { submit } = device.queue;
      device.queue.submit = function (commands) {
        submit.call(this, commands);
        device.destroy();
      };
      const pending = [1, 2, 3].map(() => session.run(pixels, "features"));
      const results = await Promise.allSettled(pending);
      const lost = results.filter((it) =>
        it.status === "rejected" && it.reason instanceof DeviceLostError
      );
      assert.ok(lost.length > 0, JSON.stringify(results));
      assert.deepEqual(await session.run(pixels, "features"), expected);
    }
    assert.ok(opened.length >= 3);
  },
);

testGpu("a device that is lost between runs is replaced", async () => {
  const opened: Gpu[] = [];
  using session = await openSession(plan, network, async () => {
    opened.push(await gpuFor(plan));
    return opened.at(-1)!;
  });
  const expected = await session.run(pixels, "features");
  opened[0]!.device.destroy();
  await opened[0]!.device.lost;
  const found = await Promise.all(
    [1, 2, 3].map(() => session.run(pixels, "features")),
  );
  assert.deepEqual(found, [expected, expected, expected]);
  assert.equal(opened.length, 2);
});

testGpu(
  "where there is no other device, runs say so until there is one",
  async () => {
    const opened: Gpu[] = [];
    let isThere = true;
    using session = await openSession(plan, network, async () => {
      if (!isThere) throw new BackendUnavailableError("Cannot find an adapter");
      opened.push(await gpuFor(plan));
      return opened.at(-1)!;
    });
    isThere = false;
    opened[0]!.device.destroy();
    await opened[0]!.device.lost;
    for (const _ of [1, 2]) {
      await assert.rejects(session.run(pixels, "logits"), /find an adapter/);
    }
    isThere = true;
    assert.equal((await session.run(pixels, "logits")).length, 7);
  },
);

testGpu("a session that ends during runs ends them", async () => {
  const session = await openSession(plan, network, () => gpuFor(plan));
  const runs = [1, 2, 3, 4].map(() => session.run(pixels, "features"));
  session[Symbol.dispose]();
  const results = await Promise.allSettled(runs);
  assert.ok(results.some((it) => it.status === "rejected"));
});

testGpu(
  "a device that doesn't give the memory is refused, with the bytes",
  async () => {
    await assert.rejects(
      openSession(plan, network, async () => {
        const gpu = await gpuFor(plan);
        gpu.device.popErrorScope = () =>
          Promise.resolve(new GPUOutOfMemoryError("none left"));
        return gpu;
      }),
      (error) =>
        error instanceof MemoryLimitError && /\d{6} bytes/.test(error.message),
    );
  },
);
