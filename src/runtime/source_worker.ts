import { withTimeout } from "../async/timeout.ts";
import { nestedWorkersHang } from "./nested_workers.ts";

/** A Web Worker, or one of Node. */
export interface SourceWorker<In, Out> {
  post(message: In): void;
  /**
   * Sets the listeners. Call it before {@linkcode post}.
   *
   * @param onError Called with what ended the worker, in Node also when it just exited.
   */
  listen(
    onMessage: (message: Out) => void,
    onError: (error: unknown) => void,
  ): void;
  /**
   * Resolves when the worker runs. Rejects when it can't, or hasn't begun in 20 s, as in
   * a browser that never starts it. Call {@linkcode listen} first.
   */
  started(): Promise<void>;
  /**
   * Sets whether the worker keeps a process of Node or Bun alive, as it does at first
   * and, in Node, after `listen`. It does nothing in Deno.
   */
  keepAlive(isAwaited: boolean): void;
  terminate(): void;
}

/** Sends a message from the worker. */
export type Answer<Out> = (message: Out, transfer?: Transferable[]) => void;

/**
 * Starts a worker of a function's source, so that no file has to be found. The function
 * can't use anything outside of it. Throws where the runtime refuses it, such as by a
 * page's policy, and where it might never return.
 *
 * @param source An expression of a function that takes an {@linkcode Answer} and returns
 * the function that takes messages.
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

/** A worker whose first message only tells that it runs. */
type Unwatched<In> = Omit<SourceWorker<In, unknown>, "started">;

/** How long a worker may take to begin, in ms. */
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
  start.catch(() => {}); // Often nobody asks.
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
      // Twice: if this thread was busy itself, the message waits behind the timer.
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

/** Runs in the worker first. */
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
