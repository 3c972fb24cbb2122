import { Pool } from "../../async/pool.ts";
import { withTimeout } from "../../async/timeout.ts";
import { ThreadError } from "../../errors.ts";
import { assertAlive } from "../session_checks.ts";
import type { Engine } from "./engine.ts";
import { instantiate } from "./kernels.ts";
import type { Slot } from "./layout.ts";
import { type KernelWorker, startWorker } from "./worker.ts";

export type Threaded = Pick<Engine, "kernels" | "memory" | "layout">;

/** Runs the first `levels` levels of a slot's program. */
export type Run = (levels: number) => void | Promise<void>;

export interface Slots {
  /**
   * Waits for a slot and runs `action` with it. Until that ends, threads access the slot's
   * memory only during `run`.
   *
   * @throws {ThreadError} When a thread fails, dies or doesn't end in time.
   */
  use<T>(action: (slot: Slot, run: Run) => Promise<T>): Promise<T>;
  /** Ends all threads; busy ones end after their image. */
  close(): void;
}

/** A slot with the threads that run its program. */
interface Runner {
  readonly slot: Slot;
  /** Resolves when no thread is in a task of an earlier image. */
  ready(): Promise<void>;
  readonly run: Run;
  /** Ends all threads, between two runs. */
  close(): void;
}

/**
 * Starts an engine's threads. Each slot is for one image at a time. The caller's thread
 * runs their programs, alone or with helpers, or a worker for each slot.
 */
export function startSlots(engine: Threaded): Slots {
  const { slots, scratch } = engine.layout;
  const runners = slots.length > 1
    ? slots.map((slot, i) => workerRunner(engine, slot, [scratch[i]!]))
    : scratch.length === 1 || mayBlock()
    ? [callerRunner(engine)]
    : [workerRunner(engine, slots[0]!, scratch)];
  const pool = new Pool(runners);
  let closed = false;
  return {
    async use(action) {
      assertAlive(closed);
      return await pool.use(async ({ slot, ready, run }) => {
        await ready();
        assertAlive(closed);
        return await action(slot, run);
      });
    },
    close() {
      if (closed) return;
      closed = true;
      // Each slot is taken for good when its image is done.
      for (const _ of runners) {
        void pool.use((runner) => {
          runner.close();
          return new Promise(() => {});
        });
      }
    },
  };
}

/** Runs in the caller's thread, with helpers for all other threads. */
function callerRunner(engine: Threaded): Runner {
  const { kernels, memory, layout } = engine;
  const [slot] = layout.slots;
  const [scratch, ...others] = layout.scratch;
  const { run } = instantiate(kernels, memory);
  const helpers = startHelpers(engine, slot!, others);
  return {
    slot: slot!,
    ready: helpers.ready,
    run(levels) {
      let done = false;
      try {
        done = run(slot!.program, levels, scratch!) === 1;
      } finally {
        // Helpers may be in one of its tasks.
        if (!done) helpers.restart();
      }
      if (done) return;
      throw new ThreadError(
        "Cannot finish the image as one of its threads died",
      );
    },
    close: helpers.close,
  };
}

/** Runs in a worker, with a helper for each further scratch. */
function workerRunner(
  engine: Threaded,
  slot: Slot,
  [scratch, ...others]: readonly number[],
): Runner {
  const { kernels: { module, wide }, memory } = engine;
  const helpers = startHelpers(engine, slot, others);
  let leader: Promise<KernelWorker> | null = null;
  const start = () => {
    const started = startWorker({
      module,
      wide,
      memory,
      program: slot.program,
      scratch: scratch!,
      role: "lead",
    });
    const forget = () => {
      if (leader === started) leader = null;
    };
    void started.then(({ ended }) => ended).then(forget, forget);
    return started;
  };
  leader = start();
  return {
    slot,
    ready: helpers.ready,
    async run(levels) {
      leader ??= start();
      const { run } = await leader;
      try {
        await run(levels);
      } catch (error) {
        // The leader has ended. Helpers may be in one of its tasks.
        helpers.restart();
        throw error;
      }
    },
    close() {
      helpers.close();
      void leader?.then(({ end }) => end());
    },
  };
}

/** Threads that take tasks of a program that another thread runs. */
interface Helpers {
  /** Replaces them after a thread has failed. */
  restart(): void;
  /** Resolves when the replaced threads have ended, or throws a `ThreadError`. */
  ready(): Promise<void>;
  close(): void;
}

function startHelpers(
  { kernels, memory }: Threaded,
  { program }: Slot,
  scratch: readonly number[],
): Helpers {
  if (scratch.length === 0) {
    return { restart() {}, ready: () => Promise.resolve(), close() {} };
  }
  const { module, wide } = kernels;
  const { stop } = instantiate(kernels, memory);
  let epoch = 0;
  const start = async () => {
    const started = await Promise.allSettled(
      scratch.map((scratch) =>
        startWorker({ module, wide, memory, program, scratch, role: { epoch } })
      ),
    );
    // Fewer helpers do no harm.
    return started.flatMap((it) => it.status === "fulfilled" ? it.value : []);
  };
  let workers = start();
  let restarting: Promise<void> | null = null;
  let closed = false;
  return {
    restart() {
      if (closed) return;
      stop(program);
      epoch++;
      const ended = workers.then((all) =>
        Promise.all(all.map(({ ended }) => ended))
      );
      workers = ended.then(start);
      restarting = ended.then(() => {
        restarting = null;
      });
    },
    async ready() {
      // A thread that hasn't reported its end may still write, so its memory isn't used.
      // If it ends later, the next image goes on.
      if (restarting !== null) {
        await withTimeout(MAX_END_MS, restarting, () =>
          new ThreadError(
            "Cannot begin the image as a thread of an earlier one hasn't ended",
          ));
      }
    },
    close() {
      closed = true;
      stop(program);
    },
  };
}

/** How long an image waits for the threads of an earlier one to end, in ms. */
const MAX_END_MS = 10_000;

/** Whether this thread may block. The main thread of a page may not. */
function mayBlock(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    return true;
  } catch {
    return false;
  }
}
