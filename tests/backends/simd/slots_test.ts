import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Session } from "../../../src/backends/backend.ts";
import { ThreadError } from "../../../src/errors.ts";
import {
  type Engine,
  type EngineRequest,
  prepareEngine,
  threadsFor,
} from "../../../src/backends/simd/engine.ts";
import { loadKernels } from "../../../src/backends/simd/kernels.ts";
import { startSlots, type Threaded } from "../../../src/backends/simd/slots.ts";
import {
  LEVEL_BYTES,
  PROGRAM_BYTES,
  STEP_BYTES,
  writeLevel,
  writeStep,
} from "../../../src/backends/simd/records.ts";
import { openSession } from "../../../src/backends/simd/session.ts";
import { inceptionV3 } from "../../../src/model/mod.ts";
import { outputOf } from "../../output_of.ts";
import { noise } from "../../random.ts";
import { silenceWorkers } from "../../silent_workers.ts";
import { narrowNetwork } from "./narrow_file.ts";
import { stressThreads } from "./threads_stress.ts";

const network = await narrowNetwork();
const graph = inceptionV3({ ...network.architecture, variant: 75 });
const pixels = noise(75);
const expected = await alone();

const SHARED = [
  { threads: 2 },
  { threads: 3 },
  { threads: 2, threading: "throughput" },
  { threads: 3, threading: "throughput" },
] as const;

for (const request of SHARED) {
  const name = JSON.stringify(request);

  Deno.test(`many runs at once give each its own answer: ${name}`, async () => {
    using session = openSession(await prepareEngine(graph, request), network);
    const images = Array.from({ length: 12 }, (_, i) => noise(75, i));
    const one = await alone(images);
    const all = await Promise.all(
      images.map((image) => session.run(image, "features")),
    );
    assert.deepEqual(all, one);
  });

  Deno.test(`a thread that fails costs its image, and no other: ${name}`, async () => {
    const engine = await prepareEngine(graph, request);
    using session = openSession(engine, network);
    await assertMending(engine, session);
  });
}

Deno.test("a thread that fails costs its image, and no other: where the caller mustn't wait", async () => {
  const engine = await prepareEngine(graph, { threads: 3 });
  using session = openAsInPage(engine);
  await assertMending(engine, session);
});

Deno.test("a thread that dies with a task costs its image, and no other", async () => {
  const engine = await prepareEngine(graph, { threads: 2 });
  using session = openSession(engine, network);
  await session.run(pixels, "features");
  using thief = await stealTasks(engine);
  // It may come too late for a run.
  await assert.rejects(async () => {
    for (let i = 0; i < 1000; i++) await session.run(pixels, "features");
  }, ThreadError);
  thief.stop();
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await session.run(pixels, "features"), expected[0]);
  }
});

Deno.test("a slot is given when no thread is in a task of a failed image", async () => {
  const { engine, image } = await slowEngine();
  const slots = startSlots(engine);
  let helped = 0;
  for (let round = 0; round < 200 && helped < 3; round++) {
    await assert.rejects(
      slots.use(async (_, run) => {
        image.fill(0);
        await run(1);
      }),
    );
    await slots.use(async () => {
      if (image.every((value) => value === 1)) helped++;
      image.fill(0);
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.ok(image.every((value) => value === 0), "it was written");
    });
  }
  slots.close();
  assert.ok(helped > 0, "no thread was late");
});

Deno.test("a thread that never starts costs its image, and no other", async () => {
  const request = { threads: 2, threading: "throughput" } as const;
  const engine = await prepareEngine(graph, request);
  const silent = silenceWorkers();
  using session = openSession(engine, network);
  const run = () => session.run(pixels, "features");
  for (const late of await Promise.allSettled([run(), run()])) {
    assert.ok(late.status === "rejected" && late.reason instanceof ThreadError);
    assert.match(late.reason.message, /its thread hasn't started/);
  }
  silent[Symbol.dispose]();
  assert.deepEqual(await run(), expected[0]);
  assert.deepEqual(await run(), expected[0]);
});

Deno.test("an image that is under way when its session is disposed is finished", async () => {
  for (const request of SHARED) {
    const session = openSession(await prepareEngine(graph, request), network);
    const first = session.run(pixels, "features");
    await Promise.resolve();
    session[Symbol.dispose]();
    const settled = await Promise.allSettled([
      first,
      session.run(pixels, "features"),
    ]);
    const [found, late] = settled;
    if (found.status === "fulfilled") {
      assert.deepEqual(found.value, expected[0]);
    } else assert.match(String(found.reason), /after its disposal/);
    assert.equal(late.status, "rejected");
  }
});

Deno.test("threads that fail over and over leave the next image right", async () => {
  for (const helpers of [1, 3]) {
    const { wrong, led } = await stressThreads(helpers, 800);
    assert.equal(wrong, 0);
    assert.ok(led > 0 && led < 800, `${led} failures on the leading thread`);
  }
});

Deno.test("a session that is disposed leaves nothing that keeps a process alive", async () => {
  // A single process opens them all: any of them could keep it alive.
  const { code, stdout, stderr } = await outputOf(Deno.execPath(), {
    args: [
      "run",
      "--allow-read",
      fileURLToPath(new URL("print_disposed.ts", import.meta.url)),
      JSON.stringify(SHARED),
    ],
    signal: AbortSignal.timeout(120_000),
  });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "done\n".repeat(SHARED.length));
});

Deno.test("threads are those that are asked for, or one with a reason", () => {
  const { hardwareConcurrency } = navigator;
  assert.deepEqual(threadsFor({}), { threads: 1, reason: null });
  assert.deepEqual(threadsFor({ threads: 5 }), { threads: 5, reason: null });
  assert.deepEqual(threadsFor({ threads: "auto" }), {
    threads: hardwareConcurrency,
    reason: null,
  });
});

Deno.test("auto takes 64 threads at most", () => {
  const cores = Object.getOwnPropertyDescriptor(
    Object.getPrototypeOf(navigator),
    "hardwareConcurrency",
  )!;
  for (const [count, threads] of [[63, 63], [64, 64], [65, 64], [128, 64]]) {
    Object.defineProperty(navigator, "hardwareConcurrency", {
      value: count,
      configurable: true,
    });
    try {
      assert.deepEqual(threadsFor({ threads: "auto" }), {
        threads,
        reason: null,
      });
    } finally {
      Reflect.deleteProperty(navigator, "hardwareConcurrency");
    }
  }
  assert.equal(navigator.hardwareConcurrency, cores.get!.call(navigator));
});

/** The features of images on a single thread. */
async function alone(
  images: readonly Uint8Array[] = [pixels],
  request: EngineRequest = {},
): Promise<Float32Array[]> {
  using session = openSession(await prepareEngine(graph, request), network);
  const found = [];
  for (const image of images) found.push(await session.run(image, "features"));
  return found;
}

/** Opens a session whose caller must not block, like a page's main thread. */
function openAsInPage(engine: Engine): Session {
  const { wait } = Atomics;
  Atomics.wait = () => {
    throw new TypeError("Atomics.wait cannot be called in this context");
  };
  try {
    return openSession(engine, network);
  } finally {
    Atomics.wait = wait;
  }
}

/** Makes an image fail, and asserts that later answers are right. */
async function assertMending(engine: Engine, session: Session): Promise<void> {
  await session.run(pixels, "features");
  for (let round = 0; round < 2; round++) {
    const mend = breakPrograms(engine);
    await assert.rejects(session.run(pixels, "features"), (error) => {
      // Errors on the caller's own thread are rethrown unchanged.
      return error instanceof ThreadError ||
        error instanceof WebAssembly.RuntimeError;
    });
    mend();
    for (let i = 0; i < 3; i++) {
      const [found] = await Promise.all([
        session.run(pixels, "features"),
        session.run(pixels, "features"),
      ]);
      assert.deepEqual(found, expected[0]);
    }
  }
}

/** Replaces a late step of all programs by one that no kernel handles. */
function breakPrograms({ memory, layout, plan }: Engine): () => void {
  const view = new DataView(memory.buffer);
  const level = plan.levels.length - 4;
  const kinds = layout.slots.map(({ program }) => {
    const at = view.getUint32(
      program + PROGRAM_BYTES + level * LEVEL_BYTES + 20,
      true,
    );
    const kind = view.getUint32(at, true);
    view.setUint32(at, 99, true);
    return { at, kind };
  });
  return () => {
    for (const { at, kind } of kinds) view.setUint32(at, kind, true);
  };
}

/**
 * Starts a thread that takes a task of each run and never does it, as if the system
 * ended the thread during a task. Resolves when the thread waits for runs.
 */
async function stealTasks({ memory, layout, plan }: Engine) {
  const { program } = layout.slots[0]!;
  const next = program + PROGRAM_BYTES + (plan.levels.length - 6) * LEVEL_BYTES;
  const source = `onmessage = ({ data: { buffer, program, next, stop } }) => {
    const words = new Int32Array(buffer);
    const claims = new BigInt64Array(buffer);
    let generation = Atomics.load(words, program / 4);
    postMessage("ready");
    while (Atomics.load(stop, 0) === 0) {
      const current = Atomics.load(words, program / 4);
      if (current === generation) continue;
      generation = current;
      Atomics.add(claims, next / 8, 1n);
    }
    close();
  };`;
  const url = URL.createObjectURL(new Blob([source]));
  const worker = new Worker(url, { type: "module" });
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const ready = new Promise((resolve) => worker.onmessage = resolve);
  worker.postMessage({ buffer: memory.buffer, program, next, stop });
  await ready;
  return {
    stop: () => void Atomics.store(stop, 0, 1),
    [Symbol.dispose]() {
      Atomics.store(stop, 0, 1);
      URL.revokeObjectURL(url);
    },
  };
}

/**
 * A program of one level with a slow task, a slower one that writes `image`, and one
 * that fails: by then another thread runs the second task.
 */
async function slowEngine(): Promise<
  { engine: Threaded; image: Float32Array }
> {
  const kernels = await loadKernels(true);
  const inputs = 2 ** 16;
  const memory = new WebAssembly.Memory({
    initial: 1100,
    maximum: 1100,
    shared: true,
  });
  const view = new DataView(memory.buffer);
  const program = 64;
  const steps = program + PROGRAM_BYTES + LEVEL_BYTES;
  const scratch = [0, 1].map((i) => steps + 3 * STEP_BYTES + i * 64);
  const bias = 1024;
  const output = 8192;
  const zeros = 16384;
  const units = [32, 1024, 1];
  new Float32Array(memory.buffer, bias, 1024).fill(1);
  writeLevel(view, program + PROGRAM_BYTES, 3, steps);
  for (const [i, count] of units.entries()) {
    writeStep(view, steps + i * STEP_BYTES, "dense", 1, {
      input: zeros,
      inputs,
      weights: zeros + inputs * 4,
      scale: zeros,
      bias,
      output: i === 1 ? output : output + 4096,
      units: count,
      taskUnits: count,
      relu: 0,
    });
  }
  view.setUint32(steps + 2 * STEP_BYTES, 99, true);
  const slot = { program, vectors: output, arena: output };
  const layout = { weights: zeros, tables: zeros, slots: [slot], scratch };
  return {
    engine: {
      kernels,
      memory,
      layout: { ...layout, bytes: memory.buffer.byteLength },
    },
    image: new Float32Array(memory.buffer, output, 1024),
  };
}
