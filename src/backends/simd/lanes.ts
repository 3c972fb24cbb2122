/**
 * Who runs the engine's programs: the caller, alone or with helpers, or workers,
 * one a lane. A lane holds one image at a time; others wait for their turn.
 *
 * @module
 */
import { ThreadError } from "../../errors.ts";
import { withTimeout } from "../../async/timeout.ts";
import { assertAlive } from "../session_checks.ts";
import type { Engine } from "./engine.ts";
import { instantiate } from "./kernels.ts";
import type { Lane } from "./layout.ts";
import { type KernelWorker, startWorker } from "./worker.ts";

/** What threads need of an engine. */
export type Threaded = Pick<Engine, "kernels" | "memory" | "layout">;

/** Runs the first `levels` levels of a lane's program. */
export type Run = (levels: number) => void | Promise<void>;

/** The lanes of an engine. */
export interface Lanes {
  /**
   * Waits for a lane and gives it to `action`. Until it ends, no thread touches
   * the lane's memory but to do what `run` is called for.
   *
   * @throws {ThreadError} When a thread fails or dies meanwhile, or when one that
   * was to end after an earlier image hasn't.
   */
  use<T>(action: (lane: Lane, run: Run) => Promise<T>): Promise<T>;
  /** Ends all threads, those at work after their image. */
  close(): void;
}

/** A lane with the threads that run its program. */
interface Runner {
  readonly lane: Lane;
  /** Resolves when no thread is in a task of an earlier image. */
  ready(): Promise<void>;
  readonly run: Run;
  /** Ends all threads. Nothing is run then. */
  close(): void;
}

/** Starts an engine's threads. */
export function startLanes(engine: Threaded): Lanes {
  const { lanes, scratch } = engine.layout;
  const threads = scratch.length;
  const free = lanes.length > 1
    ? lanes.map((lane, i) => workerRunner(engine, lane, [scratch[i]!]))
    : threads === 1 || mayBlock()
    ? [callerRunner(engine)]
    : [workerRunner(engine, lanes[0]!, scratch)];
  const waiting: ((runner: Runner) => void)[] = [];
  let closed = false;
  return {
    async use(action) {
      assertAlive(closed);
      const runner = free.pop() ??
        await new Promise<Runner>((resolve) => waiting.push(resolve));
      try {
        await runner.ready();
        assertAlive(closed);
        return await action(runner.lane, runner.run);
      } finally {
        const next = waiting.shift();
        if (next) next(runner);
        else if (closed) runner.close();
        else free.push(runner);
      }
    },
    close() {
      closed = true;
      for (const runner of free.splice(0)) runner.close();
    },
  };
}

/** The caller's own thread, with helpers for what else there are of threads. */
function callerRunner(engine: Threaded): Runner {
  const { kernels, memory, layout } = engine;
  const [lane] = layout.lanes;
  const [scratch, ...others] = layout.scratch;
  const { run } = instantiate(kernels, memory);
  const helpers = startHelpers(engine, lane!, others);
  return {
    lane: lane!,
    ready: helpers.ready,
    run(levels) {
      let done = false;
      try {
        done = run(lane!.program, levels, scratch!) === 1;
      } finally {
        // Others may be in a task of it.
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

/** A worker, with helpers if it has more than one thread's scratch. */
function workerRunner(
  engine: Threaded,
  lane: Lane,
  [scratch, ...others]: readonly number[],
): Runner {
  const { kernels: { module }, memory } = engine;
  const helpers = startHelpers(engine, lane, others);
  let leader: Promise<KernelWorker> | null = null;
  const start = () => {
    const started = startWorker({
      module,
      memory,
      program: lane.program,
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
    lane,
    ready: helpers.ready,
    async run(levels) {
      leader ??= start();
      const { run } = await leader;
      try {
        await run(levels);
      } catch (error) {
        // The leader has ended. Others may be in a task of it.
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

/** Threads that take tasks of a program that somebody else runs. */
interface Helpers {
  /** Ends them, after one of all threads failed. Others start once they ended. */
  restart(): void;
  /**
   * Resolves when those that were told to end have.
   *
   * @throws {ThreadError} When they don't.
   */
  ready(): Promise<void>;
  /** Ends them. */
  close(): void;
}

function startHelpers(
  { kernels, memory }: Threaded,
  { program }: Lane,
  scratch: readonly number[],
): Helpers {
  if (scratch.length === 0) {
    return { restart() {}, ready: () => Promise.resolve(), close() {} };
  }
  const { module } = kernels;
  const { stop } = instantiate(kernels, memory);
  let epoch = 0;
  const start = async () => {
    const started = await Promise.allSettled(
      scratch.map((scratch) =>
        startWorker({ module, memory, program, scratch, role: { epoch } })
      ),
    );
    // Where one can't be started there is less help, and no harm.
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
      const ended = allEnded(workers);
      workers = ended.then(start);
      restarting = ended.then(() => {
        restarting = null;
      });
    },
    async ready() {
      // One that can't be shown to have ended may write at any time, so nothing else
      // is done with its memory. If it ends later, the next image finds that.
      if (restarting !== null) {
        await withTimeout(PATIENCE, restarting, notEnded);
      }
    },
    close() {
      closed = true;
      stop(program);
    },
  };
}

async function allEnded(started: Promise<readonly KernelWorker[]>) {
  const workers = await started;
  await Promise.all(workers.map(({ ended }) => ended));
}

/** How long an image waits for the threads of an earlier one to end, in ms. */
const PATIENCE = 10_000;

function notEnded(): ThreadError {
  return new ThreadError(
    "Cannot begin the image as a thread of an earlier one hasn't ended",
  );
}

/** Whether this thread may wait for others: a page's main thread mustn't. */
function mayBlock(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    return true;
  } catch {
    return false;
  }
}
