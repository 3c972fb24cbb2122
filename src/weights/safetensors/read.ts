import { throwIfAborted } from "../../async/abort.ts";
import {
  assertArgument,
  assertOptions,
  assertSignal,
  type OptionNames,
} from "../../argument.ts";
import { ArgumentError, CorruptWeightsError } from "../../errors.ts";
import type { ByteSource } from "../../open_file.ts";
import {
  headerLength,
  LENGTH_BYTES,
  parseHeader,
  type SafetensorsHeader,
} from "./header.ts";

/** How safetensors are read. */
export interface ReadSafetensorsOptions {
  /**
   * The file's size in bytes, where it is known: then nothing is asked for that
   * the file hasn't.
   */
  readonly size?: number | undefined;
  /** Ends the reading early. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes of each part as it comes. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

const READ_SAFETENSORS_OPTIONS: OptionNames<ReadSafetensorsOptions> = {
  size: true,
  signal: true,
  onBytes: true,
};

/**
 * Reads safetensors, the data straight to where it shall lie, so that the file and
 * a copy of it are never in memory at once.
 *
 * The source is read to its end and closed, or cancelled on an error.
 *
 * @param place Called once with the sound header, before any data is read; gives
 * the memory for the data, exactly `dataLength` bytes. It may be a part of a
 * WASM memory, which then mustn't grow, as that would detach it, until the data
 * is there: let it grow in here. Where `size` isn't given, `dataLength` is only
 * what the header claims: throw if it's too much.
 * @returns The header that `place` was called with.
 * @throws {CorruptWeightsError} When the header isn't sound, or when the stream
 * ends before the data does, or doesn't end with it.
 * @throws {AbortedError} When the signal fires.
 * @throws {ArgumentError} When the memory hasn't the right size, or was detached.
 *
 * @example
 * ```ts
 * import { readSafetensors, writeSafetensors } from "@totem/inception/weights";
 *
 * const { stream, byteLength } = writeSafetensors(new Map(), [
 *   { name: "codes", dtype: "U8", shape: [3], data: () => Uint8Array.of(1, 2, 3) },
 * ]);
 * let data = new Uint8Array();
 * const header = await readSafetensors(
 *   stream,
 *   ({ dataLength }) => data = new Uint8Array(dataLength),
 *   { size: byteLength },
 * );
 * console.log(header.tensors[0]?.name, data); // codes Uint8Array(3) [ 1, 2, 3 ]
 * ```
 */
export async function readSafetensors(
  source: ReadableStream<Uint8Array> | ByteSource,
  place: (header: SafetensorsHeader) => Uint8Array | Promise<Uint8Array>,
  options: ReadSafetensorsOptions = {},
): Promise<SafetensorsHeader> {
  assertOptions("read safetensors", options, READ_SAFETENSORS_OPTIONS);
  const { size, signal, onBytes } = options;
  const isStream = typeof source === "object" && source !== null &&
    "getReader" in source;
  assertArgument(
    isStream || typeof (source as ByteSource | null)?.read === "function",
    "read safetensors as they must be given as a ReadableStream (bytes: new Blob([bytes]).stream())",
    source,
  );
  assertSignal("read safetensors", signal);
  const bytes = isStream ? bytesOf(source) : source;
  // This ends a read that waits, too.
  const close = () => void bytes.close(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", close);

  /** Fills `target` and gives the number of bytes that there were for it. */
  const fill = async (target: Uint8Array): Promise<number> => {
    let filled = 0;
    // A memory that was detached meanwhile has no length.
    while (filled < target.length) {
      const count = await bytes.read(
        target.subarray(filled, filled + PART_BYTES),
      );
      signal?.throwIfAborted();
      if (count === 0) break;
      onBytes?.(count);
      filled += count;
    }
    return filled;
  };

  try {
    signal?.throwIfAborted();
    const start = new Uint8Array(LENGTH_BYTES);
    const started = await fill(start);
    const length = headerLength(start.subarray(0, started), size);
    const head = new Uint8Array(LENGTH_BYTES + length);
    head.set(start);
    const ended = LENGTH_BYTES + await fill(head.subarray(LENGTH_BYTES));
    const header = parseHeader(head.subarray(0, ended), size);

    const { dataOffset, dataLength } = header;
    const target = await place(header);
    assertLength(target, dataLength);
    const filled = await fill(target);
    assertLength(target, dataLength);
    if (filled < dataLength) {
      throw new CorruptWeightsError(
        `Cannot read safetensors as they must have ${
          dataOffset + dataLength
        } bytes: the stream ends after ${dataOffset + filled}`,
      );
    }
    if (await fill(new Uint8Array(1)) > 0) {
      throw new CorruptWeightsError(
        `Cannot read safetensors as they must have ${
          dataOffset + dataLength
        } bytes: the stream has more`,
      );
    }
    await bytes.close();
    return header;
  } catch (error) {
    await bytes.close(error).catch(() => {});
    throwIfAborted(signal);
    throw error;
  } finally {
    signal?.removeEventListener("abort", close);
  }
}

function assertLength(target: Uint8Array, length: number): void {
  if (target.length === length) return;
  throw new ArgumentError(
    `Cannot place the tensors as their memory must have and keep ${length} bytes: it has ${target.length}`,
  );
}

/**
 * So much of a file is read at a time, which is all of a model: its caller may be
 * decoding an image meanwhile, and not be there to ask for more.
 */
const PART_BYTES = 2 ** 25;

/** A stream as a source. It reads into one buffer, where the stream knows how to. */
function bytesOf(stream: ReadableStream<Uint8Array>): ByteSource {
  const { next, cancel } = partsOf(stream);
  /** What came of the stream and isn't placed yet. */
  let part: Uint8Array = new Uint8Array();
  let done = false;
  return {
    async read(target) {
      while (part.length === 0) {
        const value = await next();
        done = value === undefined;
        if (value === undefined) return 0;
        part = value;
      }
      // Of a memory that was detached meanwhile nothing is left.
      const count = Math.min(part.length, target.length);
      target.set(part.subarray(0, count));
      part = part.subarray(count);
      return count;
    },
    close: (reason) => done ? Promise.resolve() : cancel(reason),
  };
}

/** The parts of a stream, each of which lasts until the next is read. */
function partsOf(stream: ReadableStream<Uint8Array>) {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch {
    // Not `for await`: Safari's streams can't be iterated.
    const reader = stream.getReader();
    return {
      next: async () => (await reader.read()).value,
      cancel: (reason: unknown) => reader.cancel(reason),
    };
  }
  let buffer = new ArrayBuffer(2 ** 18);
  return {
    async next() {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done || value === undefined) return undefined;
      buffer = value.buffer;
      return value;
    },
    cancel: (reason: unknown) => reader.cancel(reason),
  };
}
