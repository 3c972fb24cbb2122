/**
 * A worker that decodes one WebP. It isn't terminated while it decodes: Deno 2.9 would
 * never free its memory, 12 MB each.
 *
 * @module
 */
import {
  type Answer,
  type SourceWorker,
  startSourceWorker,
} from "../../runtime/source_worker.ts";
import { type Decoded, type Libwebp, startLibwebp } from "./libwebp.ts";

interface Job {
  readonly module: WebAssembly.Module;
  readonly bytes: Uint8Array;
  readonly limit: number;
}

type Outcome =
  | { readonly image: Decoded }
  | { readonly error: string; readonly isShort: boolean };

/** The decoder crashed, as on a damaged file. */
export class CrashError extends Error {}

/** A worker couldn't be started, as where a page's policy forbids it. */
export class NoWorkerError extends Error {}

/**
 * Decodes a WebP as {@linkcode Libwebp} does, in a worker of its own.
 *
 * @throws {RangeError} When no more memory is available.
 */
export async function decodeInWorker(
  module: WebAssembly.Module,
  bytes: Uint8Array,
  limit: number,
): Promise<Decoded> {
  const worker = startWorker();
  try {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      worker.listen(
        resolve,
        (why) => reject(new NoWorkerError(`${why}`)),
      );
      worker.post({ module, bytes, limit });
    });
    if ("image" in outcome) return outcome.image;
    throw new (outcome.isShort ? RangeError : CrashError)(outcome.error);
  } finally {
    worker.terminate();
  }
}

function startWorker(): SourceWorker<Job, Outcome> {
  try {
    return startSourceWorker(
      `(answer) => (${work})(answer, ${startLibwebp})`,
      "totem-webp",
    );
  } catch (cause) {
    throw new NoWorkerError("Cannot start a worker", { cause });
  }
}

/** What runs in a worker. It refers to nothing outside of itself. */
function work(
  answer: Answer<Outcome>,
  start: (module: WebAssembly.Module) => Libwebp,
): (job: Job) => void {
  return ({ module, bytes, limit }) => {
    try {
      const image = start(module).decode(bytes, limit);
      const isDecoded = typeof image === "object" && image !== null;
      answer({ image }, isDecoded ? [image.data.buffer as ArrayBuffer] : []);
    } catch (error) {
      const isShort = error instanceof RangeError;
      answer({ error: String(error), isShort });
    }
  };
}
