/**
 * A worker that decodes one WebP. It isn't ended during that, as Deno 2.9 never gives
 * back what such a worker has, 12 MB each.
 *
 * @module
 */
import type { Pixels } from "../pixels.ts";
import { type Libwebp, startLibwebp } from "./libwebp.ts";

/** What a worker is told. */
interface Job {
  readonly module: WebAssembly.Module;
  readonly bytes: Uint8Array;
  readonly limit: number;
}

/** What it says. */
type Outcome =
  | { readonly image: Pixels | null }
  | { readonly error: string; readonly isShort: boolean };

/** The decoder crashed, as it may on a damaged file. */
export class CrashError extends Error {}

/** A worker couldn't be started: a page's policy forbids it, say. */
export class NoWorkerError extends Error {}

/**
 * Decodes a WebP as {@linkcode Libwebp} does, in a worker of its own.
 *
 * @throws {NoWorkerError} When there can't be one.
 * @throws {RangeError} When it needs more memory than `limit`, or there is no more.
 * @throws {CrashError} When it crashed.
 */
export async function decodeInWorker(
  module: WebAssembly.Module,
  bytes: Uint8Array,
  limit: number,
): Promise<Pixels | null> {
  const worker = startWorker();
  try {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      worker.listen(resolve, reject);
      worker.post({ module, bytes, limit });
    });
    if ("image" in outcome) return outcome.image;
    throw new (outcome.isShort ? RangeError : CrashError)(outcome.error);
  } finally {
    worker.terminate();
  }
}

/** What workers of all runtimes have. */
interface Port {
  post(job: Job): void;
  listen(
    onOutcome: (outcome: Outcome) => void,
    onError: (error: unknown) => void,
  ): void;
  terminate(): void;
}

/** The source of a worker: functions, so that no file has to be found. */
const SOURCE = `(${work})(${startLibwebp});`;

function startWorker(): Port {
  try {
    if (typeof Worker !== "undefined") return webWorker();
    return nodeWorker();
  } catch (cause) {
    throw new NoWorkerError("Cannot start a worker", { cause });
  }
}

function webWorker(): Port {
  const url = URL.createObjectURL(
    new Blob([SOURCE], { type: "text/javascript" }),
  );
  const worker = new Worker(url, { type: "module", name: "totem-webp" });
  return {
    post: (job) => worker.postMessage(job),
    listen(onOutcome, onError) {
      worker.onmessage = ({ data }) => onOutcome(data);
      worker.onerror = (event) => {
        event.preventDefault();
        onError(new NoWorkerError(event.message));
      };
    },
    terminate() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

function nodeWorker(): Port {
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const worker = new Worker(SOURCE, { eval: true });
  return {
    post: (job) => worker.postMessage(job),
    listen(onOutcome, onError) {
      worker.on("message", onOutcome);
      worker.on("error", onError);
      worker.on("exit", () => onError(new NoWorkerError("it exited")));
    },
    terminate: () => void worker.terminate(),
  };
}

/** What runs in a worker. It knows nothing that stands outside of it. */
function work(start: (module: WebAssembly.Module) => Libwebp): void {
  // deno-lint-ignore no-explicit-any
  const scope = globalThis as any;
  const isWeb = typeof scope.postMessage === "function";
  const port = isWeb
    ? scope
    : scope.process.getBuiltinModule("node:worker_threads").parentPort;
  const receive = ({ module, bytes, limit }: Job) => {
    try {
      const image = start(module).decode(bytes, limit);
      port.postMessage({ image }, image ? [image.data.buffer] : []);
    } catch (error) {
      const isShort = error instanceof RangeError;
      port.postMessage({ error: String(error), isShort });
    }
  };
  if (isWeb) {
    scope.onmessage = (event: MessageEvent) => receive(event.data);
  } else port.once("message", receive);
}
