import { ThreadError } from "../../errors.ts";
import {
  type Answer,
  type SourceWorker,
  startSourceWorker,
} from "../../runtime/source_worker.ts";
import { nestedWorkersHang } from "../../runtime/nested_workers.ts";
import { wasmFeatures } from "../wasm_features.ts";
import { link, type Linked } from "./link.ts";

export interface Job extends Linked {
  readonly program: number;
  readonly scratch: number;
  /**
   * `"lead"`: it runs the program when it is told to. Otherwise it helps the thread
   * that does, during this epoch of the program.
   */
  readonly role: "lead" | { readonly epoch: number };
}

/** A Web Worker, or a worker of Node, that runs kernels on shared memory. */
export interface KernelWorker {
  /**
   * Runs `levels` levels, if it leads. Throws a `ThreadError` when the worker dies
   * meanwhile.
   */
  run(levels: number): Promise<void>;
  /** Resolves when it, or the runtime, has reported that it ended. */
  readonly ended: Promise<void>;
  /**
   * Ends a worker that leads, which accesses nothing between two runs. One that helps
   * ends itself when its program is stopped.
   */
  end(): void;
}

/** Whether a worker starts, `"refused"` or `"late"` if it doesn't. */
type Trial = "starts" | "refused" | "late";

let trial: Trial | undefined;

/**
 * Finds out once whether this runtime starts workers. Browsers tell only after a worker
 * has started whether the page's policy allows it. Node may have been started without
 * `--allow-worker`, and other runtimes imitate Node without its workers.
 */
export async function askPolicy(): Promise<void> {
  const { crossOriginIsolated } = globalThis as PageScope;
  if (nestedWorkersHang()) return;
  if (crossOriginIsolated || typeof Worker === "undefined") {
    trial ??= await tryWorker();
  }
}

interface PageScope {
  readonly crossOriginIsolated?: boolean;
}

/** Why this runtime is limited to one thread; null if it isn't. */
export function refusalOfThreads(): string | null {
  const { crossOriginIsolated } = globalThis as PageScope;
  if (!wasmFeatures().threads) {
    return crossOriginIsolated === false
      ? "this page shares no memory: it must be cross-origin isolated"
      : "this runtime shares no memory";
  }
  if (!hasWorkers()) return "this runtime has no workers";
  if (nestedWorkersHang()) {
    return "Firefox may hang where a worker starts workers";
  }
  if (trial === undefined || trial === "starts") return null;
  if (trial === "late") return "this runtime doesn't start workers in time";
  if (crossOriginIsolated) {
    return "the page's Content-Security-Policy must allow blob: in worker-src";
  }
  // Node's declarations lack it.
  const { permission } = process as { permission?: unknown };
  return permission === undefined
    ? "this runtime starts no workers"
    : "this process may start no workers: Node must have --allow-worker";
}

function hasWorkers(): boolean {
  return typeof Worker !== "undefined" ||
    typeof process !== "undefined" && !!process.versions?.node;
}

async function tryWorker(): Promise<Trial> {
  try {
    const port = startSourceWorker("() => () => {}", "totem");
    let refused = false;
    port.listen(() => {}, () => refused = true);
    try {
      await port.started();
      return "starts";
    } catch {
      return refused ? "refused" : "late";
    } finally {
      port.terminate();
    }
  } catch {
    return "refused"; // Earlier browsers throw.
  }
}

/** Throws a `ThreadError` when the runtime refuses, such as for a page's policy. */
// deno-lint-ignore require-await -- a failure must be a rejection
export async function startWorker(job: Job): Promise<KernelWorker> {
  let port: SourceWorker<Job | number, Message>;
  try {
    port = startSourceWorker(`(answer) => (${work})(answer, ${link})`, "totem");
  } catch (cause) {
    throw new ThreadError("Cannot start a thread", { cause });
  }
  let settle: { done(): void; fail(error: Error): void } | null = null;
  let dead = false;
  let end = () => {};
  const ended = new Promise<void>((resolve) => end = resolve);
  const failed = (cause?: unknown) =>
    new ThreadError("Cannot finish the image as its thread died", { cause });
  const die = (cause?: unknown) => {
    dead = true;
    settle?.fail(failed(cause));
    settle = null;
    end();
  };
  port.listen((message) => {
    if (message === "done") {
      port.keepAlive(false);
      settle?.done();
      settle = null;
    } else {
      port.terminate();
      die(message === "ended" ? undefined : message.error);
    }
  }, die);
  port.keepAlive(false);
  port.post(job);
  return {
    ended,
    async run(levels) {
      if (dead) throw failed();
      port.keepAlive(true);
      try {
        await port.started();
      } catch (cause) {
        port.terminate();
        die();
        throw new ThreadError(
          "Cannot begin the image as its thread hasn't started",
          { cause },
        );
      }
      if (dead) throw failed();
      await new Promise<void>((done, fail) => {
        settle = { done, fail };
        port.post(levels);
      });
    },
    end() {
      port.terminate();
      die();
    },
  };
}

/** Messages of a worker: a run is done, it ended, or it failed. */
type Message = "done" | "ended" | { readonly error: string };

/** The source of a worker. It can't refer to anything outside itself. */
function work(
  answer: Answer<Message>,
  linkKernels: typeof link,
): (message: Job | number) => void {
  let run: (levels: number) => boolean;
  return (message) => {
    try {
      if (typeof message === "number") {
        if (!run(message)) throw new Error("a thread that helps it died");
        answer("done");
        return;
      }
      const { program, scratch, role } = message;
      // deno-lint-ignore no-explicit-any
      const kernels = linkKernels(message) as any;
      run = (levels) => kernels.run(program, levels, scratch) === 1;
      if (role === "lead") return;
      try {
        kernels.serve(program, scratch, role.epoch);
      } catch (error) {
        kernels.abandon(program);
        throw error;
      }
      answer("ended");
    } catch (error) {
      answer({ error: String(error) });
    }
  };
}
