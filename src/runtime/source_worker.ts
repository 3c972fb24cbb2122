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
 * can't use anything outside of it. The runtime may refuse it, such as by a page's policy.
 *
 * @param source An expression of a function that takes an {@linkcode Answer} and returns
 * the function that takes messages.
 * @param name The worker's name in debuggers.
 */
export function startSourceWorker<In, Out>(
  source: string,
  name: string,
): SourceWorker<In, Out> {
  const whole = `(${connect})(${source});`;
  return typeof Worker !== "undefined"
    ? webWorker(whole, name)
    : nodeWorker(whole);
}

function webWorker<In, Out>(
  source: string,
  name: string,
): SourceWorker<In, Out> {
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

function nodeWorker<In, Out>(source: string): SourceWorker<In, Out> {
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
  const receive = start((message, transfer) =>
    port.postMessage(message, transfer)
  );
  if (isWeb) scope.onmessage = (event: MessageEvent) => receive(event.data);
  else port.on("message", receive);
}
