/**
 * Workers that run kernels on memory that they share.
 *
 * @module
 */
import { ThreadError } from "../../errors.ts";
import {
  type Answer,
  type SourceWorker,
  startSourceWorker,
} from "../../runtime/source_worker.ts";

/** What a worker does. */
export interface Job {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly program: number;
  readonly scratch: number;
  /**
   * Whether it runs the program when it is told to, or helps the thread that does in
   * this epoch of the program.
   */
  readonly role: "lead" | { readonly epoch: number };
}

/** A worker of Web Workers or of Node. */
export interface KernelWorker {
  /**
   * Runs the first `levels` levels of its program, if it leads.
   *
   * @throws {ThreadError} When it dies meanwhile.
   */
  run(levels: number): Promise<void>;
  /**
   * Resolves when it is known to touch the memory no more: it said so, or the
   * runtime did.
   */
  readonly ended: Promise<void>;
  /**
   * Ends it, if it leads: between two runs it touches nothing. One that helps ends
   * itself when its program is stopped.
   */
  end(): void;
}

/** Whether this runtime has workers. */
export function hasWorkers(): boolean {
  return typeof Worker !== "undefined" || isNode();
}

let refused: boolean | undefined;

/**
 * Finds out whether a page's policy lets workers start, once. Browsers tell only
 * after the start. Other runtimes have no such policy, and aren't asked.
 */
export async function askPolicy(): Promise<void> {
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated) {
    refused ??= !await workerStarts();
  }
}

/** Whether a page's policy refused a worker, as far as it was asked. */
export function isRefusedWorkers(): boolean {
  return refused === true;
}

function workerStarts(): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const port = startSourceWorker(
        "(answer) => (answer(), () => {})",
        "totem",
      );
      const end = (started: boolean) => {
        port.terminate();
        resolve(started);
      };
      port.listen(() => end(true), () => end(false));
    } catch {
      resolve(false); // As earlier browsers did.
    }
  });
}

/**
 * Starts a worker.
 *
 * @throws {ThreadError} When this runtime doesn't let it: a page's policy, say.
 */
// deno-lint-ignore require-await -- what fails is a rejection, as all else that does
export async function startWorker(job: Job): Promise<KernelWorker> {
  let port: SourceWorker<Job | number, Message>;
  try {
    port = startSourceWorker(`${work}`, "totem");
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
    run(levels) {
      if (dead) return Promise.reject(failed());
      return new Promise((done, fail) => {
        settle = { done, fail };
        port.keepAlive(true);
        port.post(levels);
      });
    },
    end() {
      port.terminate();
      die();
    },
  };
}

/** What a worker says: of a run, of its own end, or of what ended it. */
type Message = "done" | "ended" | { readonly error: string };

function isNode(): boolean {
  return typeof process !== "undefined" && !!process.versions?.node;
}

/** What runs in a worker. It knows nothing that stands outside of it. */
function work(answer: Answer<Message>): (message: Job | number) => void {
  let run: (levels: number) => boolean;
  return (message) => {
    try {
      if (typeof message === "number") {
        if (!run(message)) throw new Error("a thread that helps it died");
        answer("done");
        return;
      }
      const { module, memory, program, scratch, role } = message;
      const { exports } = new WebAssembly.Instance(module, { env: { memory } });
      // deno-lint-ignore no-explicit-any
      const kernels = exports as any;
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
