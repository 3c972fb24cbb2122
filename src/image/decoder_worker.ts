/**
 * A worker that decodes one image with a third-party decoder. It isn't terminated while
 * it decodes: Deno 2.9 would never free its memory, 12 MB each.
 *
 * @module
 */
import {
  type Answer,
  type SourceWorker,
  startSourceWorker,
} from "../runtime/source_worker.ts";
import {
  type BoundedMemory,
  boundMemory,
  type Decoded,
} from "./bounded_memory.ts";

/** An instance of a decoder. */
export interface ImageDecoder {
  readonly memory: WebAssembly.Memory;
  /**
   * Decodes a still image to straight alpha.
   *
   * @param limit The maximum memory in bytes.
   * @param stays Whether the pixels stay in its memory until they are released, if the
   * decoder can do that.
   * @returns `null` when the bytes aren't an image of the format, `"too large"` when it
   * needs more memory.
   * @throws {RangeError} When no more memory is available.
   * @throws {Error} When it crashed: the instance may be broken.
   */
  decode(bytes: Uint8Array, limit: number, stays?: boolean): Decoded;
  /** Releases pixels that stayed. */
  release(): void;
}

/**
 * Starts a decoder, in a given memory if its module imports one. Its source runs in
 * workers, so it must not refer to anything outside itself.
 */
export type StartDecoder = (
  module: WebAssembly.Module,
  bounded: BoundedMemory,
  memory: WebAssembly.Memory | undefined,
) => ImageDecoder;

interface Job {
  readonly module: WebAssembly.Module;
  /** How much memory the module imports; 0 if none. */
  readonly initialBytes: number;
  readonly bytes: Uint8Array;
  readonly limit: number;
}

type Outcome =
  | { readonly image: Decoded }
  | { readonly error: string; readonly isShort: boolean };

/** The decoder crashed, as on a damaged file. */
export class CrashError extends Error {}

/** A worker didn't start, for example because a page's policy forbids it. */
export class NoWorkerError extends Error {}

/**
 * Decodes an image as {@linkcode ImageDecoder} does, in a worker of its own.
 *
 * @param name The format, for the worker's name in debuggers.
 * @throws {RangeError} When no more memory is available.
 */
export async function decodeInWorker(
  name: string,
  start: StartDecoder,
  job: Job,
): Promise<Decoded> {
  const worker = startWorker(name, start);
  try {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      const fail = (why: unknown) => reject(new NoWorkerError(`${why}`));
      worker.listen(resolve, fail);
      worker.post(job);
      worker.started().catch(fail);
    });
    if ("image" in outcome) return outcome.image;
    throw new (outcome.isShort ? RangeError : CrashError)(outcome.error);
  } finally {
    worker.terminate();
  }
}

function startWorker(
  name: string,
  start: StartDecoder,
): SourceWorker<Job, Outcome> {
  try {
    return startSourceWorker(
      `(answer) => (${work})(answer, ${start}, ${boundMemory})`,
      `totem-${name}`,
    );
  } catch (cause) {
    throw new NoWorkerError("Cannot start a worker", { cause });
  }
}

/** The code of a worker. It must not refer to anything outside itself. */
function work(
  answer: Answer<Outcome>,
  start: StartDecoder,
  bound: typeof boundMemory,
): (job: Job) => void {
  return ({ module, initialBytes, bytes, limit }) => {
    try {
      const memory = initialBytes > 0
        ? new WebAssembly.Memory({ initial: Math.ceil(initialBytes / 65536) })
        : undefined;
      const decoder = start(module, bound(), memory);
      const image = decoder.decode(bytes, limit);
      const isDecoded = typeof image === "object" && image !== null;
      answer({ image }, isDecoded ? [image.data.buffer as ArrayBuffer] : []);
    } catch (error) {
      const isShort = error instanceof RangeError;
      answer({ error: String(error), isShort });
    }
  };
}
