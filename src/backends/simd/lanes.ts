/**
 * Who runs the engine's programs: the caller, alone or with helpers, or workers,
 * one a lane. A lane holds one image at a time; others wait for their turn.
 *
 * @module
 */
import { ThreadError } from "../../errors.ts";
import type { Engine } from "./engine.ts";
import { instantiate } from "./kernels.ts";
import type { Lane } from "./layout.ts";
import { type KernelWorker, startWorker } from "./worker.ts";

/** Runs the first `levels` levels of a lane's program. */
export type Run = (levels: number) => void | Promise<void>;

/** The lanes of an engine. */
export interface Lanes {
  /**
   * Waits for a lane and gives it to `action`.
   *
   * @throws {ThreadError} When a thread dies meanwhile.
   */
  use<T>(action: (lane: Lane, run: Run) => Promise<T>): Promise<T>;
  /** Ends all threads. */
  close(): void;
}

/** A lane with whoever runs its program. */
interface Runner {
  readonly lane: Lane;
  readonly run: Run;
  close(): void;
}

/** Starts an engine's threads. */
export function startLanes(engine: Engine): Lanes {
  const { lanes, scratch } = engine.layout;
  const threads = scratch.length;
  const runners = lanes.length > 1
    ? lanes.map((lane, i) => workerRunner(engine, lane, [scratch[i]!]))
    : threads === 1 || mayBlock()
    ? [callerRunner(engine)]
    : [workerRunner(engine, lanes[0]!, scratch)];
  const free = [...runners];
  const waiting: ((runner: Runner) => void)[] = [];
  let closed = false;
  return {
    async use(action) {
      const runner = free.pop() ??
        await new Promise<Runner>((resolve) => waiting.push(resolve));
      try {
        if (closed) {
          throw new Error("Cannot run a session after its disposal");
        }
        return await action(runner.lane, runner.run);
      } finally {
        const next = waiting.shift();
        if (next) next(runner);
        else free.push(runner);
      }
    },
    close() {
      if (closed) return;
      closed = true;
      for (const runner of runners) runner.close();
    },
  };
}

/** The caller's own thread, with helpers for what else there are of threads. */
function callerRunner(engine: Engine): Runner {
  const { kernels, memory, layout } = engine;
  const [lane] = layout.lanes;
  const [scratch, ...others] = layout.scratch;
  const { run } = instantiate(kernels, memory);
  const helpers = startHelpers(engine, lane!, others);
  return {
    lane: lane!,
    async run(levels) {
      await helpers.restarted();
      let done = false;
      try {
        done = run(lane!.program, levels, scratch!) === 1;
      } finally {
        // They may be in the midst of a task.
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
  engine: Engine,
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
    async run(levels) {
      await helpers.restarted();
      leader ??= start();
      const { run, end } = await leader;
      try {
        await run(levels);
      } catch (error) {
        end();
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
  /** Ends them and starts others, after one died. */
  restart(): void;
  /** Resolves when none of those that were ended is at work. */
  restarted(): Promise<void>;
  /** Ends them. */
  close(): void;
}

/** How long a thread may take to end before it counts as dead, in ms. */
const PATIENCE = 1000;

function startHelpers(
  { kernels, memory }: Engine,
  { program }: Lane,
  scratch: readonly number[],
): Helpers {
  if (scratch.length === 0) {
    return { restart() {}, restarted: () => Promise.resolve(), close() {} };
  }
  const { module } = kernels;
  const { stop } = instantiate(kernels, memory);
  let epoch = 0;
  // Where none can be started there is no help, and no harm.
  const start = () =>
    Promise.all(
      scratch.map((scratch) =>
        startWorker({ module, memory, program, scratch, role: { epoch } })
      ),
    ).catch(() => []);
  let workers = start();
  let restarting = Promise.resolve();
  let closed = false;
  return {
    restart() {
      if (closed) return;
      stop(program);
      epoch++;
      const ending = workers;
      restarting = endAll(ending);
      workers = restarting.then(start);
    },
    restarted: () => restarting,
    close() {
      closed = true;
      stop(program);
      void endAll(workers);
    },
  };
}

/** Waits for workers to end, and ends those that don't. */
async function endAll(started: Promise<readonly KernelWorker[]>) {
  const workers = await started;
  let timer;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE);
  });
  await Promise.race([Promise.all(workers.map(({ ended }) => ended)), late]);
  clearTimeout(timer);
  for (const { end } of workers) end();
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
