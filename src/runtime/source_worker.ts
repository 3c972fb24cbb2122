import { withTimeout } from "../async/timeout.ts";
import { nestedWorkersHang } from "./nested_workers.ts";

/** A Web Worker or a Node worker. */
export interface SourceWorker<In, Out> {
  post(message: In): void;
  /**
   * Sets the listeners. Call it before {@linkcode post}.
   *
   * @param onError Called with the error that ended the worker; in Node also if it just
   * exited.
   */
  listen(
    onMessage: (message: Out) => void,
    onError: (error: unknown) => void,
  ): void;
  /**
   * Resolves when the worker runs. Rejects when it can't, or hasn't started within 20 s,
   * as in a browser that never starts it. Call {@linkcode listen} first.
   */
  started(): Promise<void>;
  /**
   * Sets whether the worker keeps a Node or Bun process alive, as it does initially and,
   * in Node, after `listen`. Has no effect in Deno.
   */
  keepAlive(isAwaited: boolean): void;
  terminate(): void;
}

/** Sends a message from the worker. */
export type Answer<Out> = (message: Out, transfer?: Transferable[]) => void;

/**
 * Starts a worker from a function's source, so that no file is needed. The function can't
 * use outer variables. Throws if the runtime refuses, for example because of a page's
 * policy, and if it might never return.
 *
 * @param source A function expression. The function is called with an {@linkcode Answer}
 * and returns a message handler.
 * @param name The worker's name in debuggers.
 */
export function startSourceWorker<In, Out>(
  source: string,
  name: string,
): SourceWorker<In, Out> {
  if (nestedWorkersHang()) {
    throw new Error("Firefox may hang where a worker starts a worker");
  }
  const whole = `(${connect})(${source});`;
  const worker: Unwatched<In> = typeof Worker !== "undefined"
    ? webWorker(whole, name)
    : nodeWorker(whole);
  return watchStart(worker);
}

/** A worker whose first message only signals that it has started. */
type Unwatched<In> = Omit<SourceWorker<In, unknown>, "started">;

/** The maximum time for a worker to start, in ms. */
const MAX_START_MS = 20_000;

function watchStart<In, Out>(
  worker: Unwatched<In>,
): SourceWorker<In, Out> {
  let begin = () => {};
  let fail: (why: unknown) => void = () => {};
  const start = new Promise<void>((resolve, reject) => {
    begin = resolve;
    fail = reject;
  });
  start.catch(() => {}); // Often not awaited.
  const late = () => new Error(`it hasn't started in ${MAX_START_MS / 1000} s`);
  let runs = false;
  return {
    ...worker,
    listen(onMessage, onError) {
      worker.listen((message) => {
        if (runs) return onMessage(message as Out);
        runs = true;
        begin();
      }, (error) => {
        fail(error);
        onError(error);
      });
    },
    async started() {
      // Waits twice: if this thread was blocked, the message is queued behind the timer.
      await withTimeout(MAX_START_MS / 2, start, late).catch(() =>
        withTimeout(MAX_START_MS / 2, start, late)
      );
    },
    terminate() {
      fail(new Error("it was ended"));
      worker.terminate();
    },
  };
}

function webWorker<In>(source: string, name: string): Unwatched<In> {
  const blob = new Blob([source], { type: "text/javascript" });
  const url = URL.createObjectURL(blob);
  // Bun's workers have `ref` and `unref`.
  const worker: Worker & { ref?(): void; unref?(): void } = new Worker(url, {
    type: "module",
    name,
  });
  return {
    post: (message) => worker.postMessage(message),
    listen(onMessage, onError) {
      worker.onmessage = ({ data }) => {
        URL.revokeObjectURL(url);
        onMessage(data);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        URL.revokeObjectURL(url);
        onError(event.message);
      };
    },
    keepAlive(isAwaited) {
      if (isAwaited) worker.ref?.();
      else worker.unref?.();
    },
    terminate() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

function nodeWorker<In>(source: string): Unwatched<In> {
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const worker = new Worker(source, { eval: true });
  return {
    post: (message) => worker.postMessage(message),
    listen(onMessage, onError) {
      worker.on("message", onMessage);
      worker.on("error", onError);
      worker.on("exit", () => onError("it exited"));
    },
    keepAlive(isAwaited) {
      if (isAwaited) worker.ref();
      else worker.unref();
    },
    terminate: () => void worker.terminate(),
  };
}

/** Runs first in the worker. */
function connect(
  start: (answer: Answer<unknown>) => (message: unknown) => void,
) {
  // deno-lint-ignore no-explicit-any
  const scope = globalThis as any;
  const isWeb = typeof scope.postMessage === "function";
  const port = isWeb
    ? scope
    : scope.process.getBuiltinModule("node:worker_threads").parentPort;
  port.postMessage("started");
  const receive = start((message, transfer) =>
    port.postMessage(message, transfer)
  );
  if (isWeb) scope.onmessage = (event: MessageEvent) => receive(event.data);
  else port.on("message", receive);
}
