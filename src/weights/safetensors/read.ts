import { throwIfAborted } from "../../async/abort.ts";
import {
  assertArgument,
  assertOptions,
  assertSignal,
  type OptionNames,
} from "../../argument.ts";
import { ArgumentError, CorruptWeightsError } from "../../errors.ts";
import { streamSource } from "../../io/byte_source.ts";
import type { ByteSource } from "../../io/open_file.ts";
import {
  headerLength,
  LENGTH_BYTES,
  parseHeader,
  type SafetensorsHeader,
} from "./header.ts";
import { TruncatedError } from "../truncated.ts";

/** Options of `readSafetensors`. */
export interface ReadSafetensorsOptions {
  /** Size of the file in bytes, if it is known: the header must match it. */
  readonly size?: number | undefined;
  /** Aborts the reading. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes of each chunk that was read. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

const READ_SAFETENSORS_OPTIONS: OptionNames<ReadSafetensorsOptions> = {
  size: true,
  signal: true,
  onBytes: true,
};

/**
 * Reads safetensors. The data is read directly into the memory that `place` returns,
 * without a copy. The source is read to its end and closed, or cancelled on an error.
 *
 * @param place Called once with the checked header, before any data is read. Returns
 * memory of exactly `dataLength` bytes, or several parts that are filled one after the
 * other. A part of a WASM memory mustn't be detached by growth until the data is read:
 * let it grow in this call. Without `size`, `dataLength` is only what the header
 * claims: throw if it's too much.
 * @returns The header that `place` was called with.
 * @throws {CorruptWeightsError} When the header isn't valid, or the stream has fewer or
 * more bytes than the header says.
 * @throws {AbortedError} When the signal fires.
 * @throws {ArgumentError} When the memory doesn't have the right size, or was detached.
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
  place: (
    header: SafetensorsHeader,
  ) =>
    | Uint8Array
    | readonly Uint8Array[]
    | Promise<Uint8Array | readonly Uint8Array[]>,
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
  const bytes = isStream ? streamSource(source) : source;
  // This also ends a pending read.
  const close = () => void bytes.close(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", close);

  /** Fills `target` as far as possible, and returns how far. */
  const fill = async (target: Uint8Array): Promise<number> => {
    let filled = 0;
    // Memory that was detached meanwhile has no length.
    while (filled < target.length) {
      const count = await bytes.read(
        target.subarray(filled, filled + CHUNK_BYTES),
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
    const placed = await place(header);
    const parts = placed instanceof Uint8Array ? [placed] : placed;
    assertLength(parts, dataLength);
    let filled = 0;
    for (const part of parts) {
      const { length } = part;
      const count = await fill(part);
      filled += count;
      if (count < length) break;
    }
    assertLength(parts, dataLength);
    if (filled < dataLength) {
      throw new TruncatedError(
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

function assertLength(parts: readonly Uint8Array[], length: number): void {
  const found = parts.reduce((sum, part) => sum + part.length, 0);
  if (found === length) return;
  throw new ArgumentError(
    `Cannot place the tensors as their memory must have and keep ${length} bytes: it has ${found}`,
  );
}

/**
 * Bytes read at a time: a whole model, since its caller may be decoding an image
 * meanwhile and unable to request more.
 */
const CHUNK_BYTES = 2 ** 25;
