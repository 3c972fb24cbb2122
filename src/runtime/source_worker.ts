/**
 * Workers of every runtime that are made of functions' sources, so that no file has
 * to be found. Such a function knows nothing that stands outside of it.
 *
 * @module
 */

/** A worker of Web Workers or of Node. */
export interface SourceWorker<In, Out> {
  /** Sends it a message. */
  post(message: In): void;
  /**
   * Says who hears of it. Call it before anything is sent.
   *
   * @param onError Called with what ended it, in Node also when it just ended.
   */
  listen(
    onMessage: (message: Out) => void,
    onError: (error: unknown) => void,
  ): void;
  /**
   * Whether it keeps a process of Node or Bun alive, as it does at first. Call it
   * after `listen`, which lets Node's worker keep the process alive again. Deno has no
   * way to say it.
   */
  keepAlive(isAwaited: boolean): void;
  /** Ends it. */
  terminate(): void;
}

/** How a worker answers. */
export type Answer<Out> = (message: Out, transfer?: Transferable[]) => void;

/**
 * Starts a worker.
 *
 * @param source An expression for a function that is given an {@linkcode Answer} and
 * gives the function that takes messages.
 * @param name Of the worker, for people who debug.
 * @throws {unknown} When the runtime doesn't let it: a page's policy, say.
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

/** What Bun's workers have besides. */
interface Referenced {
  ref?(): void;
  unref?(): void;
}

function webWorker<In, Out>(
  source: string,
  name: string,
): SourceWorker<In, Out> {
  const url = URL.createObjectURL(
    new Blob([source], { type: "text/javascript" }),
  );
  const worker: Worker & Referenced = new Worker(url, { type: "module", name });
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

/** What runs in the worker first. */
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
