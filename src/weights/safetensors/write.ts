import {
  assertArgument,
  assertChoice,
  assertIterable,
} from "../../argument.ts";
import { ArgumentError } from "../../errors.ts";
import { type Dtype, DTYPE_BYTES, type TensorEntry } from "./tensor_entry.ts";
import { LENGTH_BYTES, parseHeader } from "./header.ts";

/** A tensor to be written. */
export interface TensorSource
  extends Pick<TensorEntry, "name" | "dtype" | "shape"> {
  /**
   * Makes its bytes, the values little-endian, when the stream reaches it. They aren't
   * copied: don't change them before they are consumed.
   */
  data(): Uint8Array;
}

/** Safetensors that are being written. */
export interface WrittenSafetensors {
  /** In bytes, of the whole file. */
  readonly byteLength: number;
  /** The file. */
  readonly stream: ReadableStream<Uint8Array>;
}

/** Data at a multiple of this can be aligned in memory, too. */
const ALIGNMENT = 64;

/**
 * Writes safetensors as a stream, in the order of `tensors`, with one tensor's bytes in
 * memory at a time. The data starts at a multiple of 64 bytes. See {@linkcode
 * readSafetensors}.
 *
 * @throws {CorruptWeightsError} When the header isn't one that can be read: a duplicate
 * name, an extent that isn't a whole number, too many bytes. The stream fails with an
 * `ArgumentError` when the length of a tensor's data doesn't match its shape and type.
 */
export function writeSafetensors(
  metadata: ReadonlyMap<string, string>,
  tensors: Iterable<TensorSource>,
): WrittenSafetensors {
  assertArgument(
    metadata instanceof Map,
    "write safetensors as the metadata must be a Map of texts",
    metadata,
  );
  assertIterable("write safetensors", tensors, "tensors");
  const sources = [...tensors];
  for (const source of sources) assertSource(source);
  const { start, byteLength } = planMemory(metadata, sources);
  let next = -1;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (next < 0) controller.enqueue(start);
      else controller.enqueue(checkedBytes(sources[next]!));
      if (++next === sources.length) controller.close();
    },
  }, { highWaterMark: 0 }); // No chunk is made before it is requested.
  return { byteLength, stream };
}

function assertSource(source: TensorSource): void {
  const { name, dtype, shape, data } = source ?? {};
  assertArgument(
    typeof name === "string" && typeof data === "function" &&
      Array.isArray(shape),
    "write safetensors as a tensor must be { name, dtype, shape, data }",
    source,
  );
  const cannot = `write the tensor ${JSON.stringify(name)}`;
  assertChoice(cannot, "dtype", dtype ?? null, Object.keys(DTYPE_BYTES));
}

/** The file's start to the end of the header, and the whole file's length. */
function planMemory(
  metadata: ReadonlyMap<string, string>,
  sources: readonly TensorSource[],
): { start: Uint8Array; byteLength: number } {
  let end = 0;
  const members = sources.map(({ name, dtype, shape }) => {
    const begin = end;
    end += tensorBytes(dtype, shape);
    return member(name, { dtype, shape, data_offsets: [begin, end] });
  });
  if (metadata.size > 0) {
    const texts = [...metadata].map(([name, text]) => member(name, text));
    members.unshift(`"__metadata__":{${texts.join(",")}}`);
  }
  const json = new TextEncoder().encode(`{${members.join(",")}}`);
  const used = LENGTH_BYTES + json.length;
  const start = new Uint8Array(Math.ceil(used / ALIGNMENT) * ALIGNMENT);
  const length = start.length - LENGTH_BYTES;
  new DataView(start.buffer).setBigUint64(0, BigInt(length), true);
  start.set(json, LENGTH_BYTES);
  start.fill(" ".charCodeAt(0), used);
  const byteLength = start.length + end;
  parseHeader(start, byteLength); // The reader checks every rule.
  return { start, byteLength };
}

/** As text, since an object would drop a duplicate name. */
function member(name: string, value: unknown): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

function tensorBytes(dtype: Dtype, shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype]);
}

function checkedBytes({ name, dtype, shape, data }: TensorSource): Uint8Array {
  const bytes = data();
  const length = tensorBytes(dtype, shape);
  if (bytes.length !== length) {
    throw new ArgumentError(
      `Cannot write the tensor "${name}" as ${dtype} of shape [${shape}] must have ${length} bytes: data() gave ${bytes.length}`,
    );
  }
  return bytes;
}
