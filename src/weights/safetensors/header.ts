/**
 * The header of a safetensors file: the tensors and their positions in the data.
 *
 *     8 bytes  N, little-endian
 *     N bytes  {"__metadata__": {name: text}, name: {"dtype", "shape",
 *              "data_offsets": [begin, end]}, ...}, then spaces
 *     the data
 *
 * See https://github.com/huggingface/safetensors#format.
 *
 * @module
 */
import { assertBytes } from "../../argument.ts";
import { CorruptWeightsError } from "../../errors.ts";
import { asObject, asString } from "../json.ts";
import { parseStrictJson } from "../parse_json.ts";
import { TruncatedError } from "../truncated.ts";
import { parseEntry, type TensorEntry } from "./tensor_entry.ts";

/** The header of a safetensors file. */
export interface SafetensorsHeader {
  /** The texts of `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Sorted by offset; together they cover the data without overlap. */
  readonly tensors: readonly TensorEntry[];
  /** Start of the data, in bytes from the start of the file. */
  readonly dataOffset: number;
  /** Bytes of all tensors. */
  readonly dataLength: number;
}

/** Bytes of the header's length, which precedes it. */
export const LENGTH_BYTES = 8;

/** An Inception-v3 with 20 thousand named classes has less; PyTorch's has 64 KB. */
export const MAX_HEADER_BYTES = 2 ** 20;

/** Whether a file that begins with `start` has the form of safetensors. */
export function isSafetensors(start: Uint8Array): boolean {
  // The header's length, then the header.
  return start.length > LENGTH_BYTES &&
    start.subarray(4, 8).every((it) => !it) &&
    /^\s*\{/.test(String.fromCharCode(...start.subarray(LENGTH_BYTES, 64)));
}

/**
 * Parses and checks the header of a safetensors file: names are unique, every tensor has
 * the bytes that its shape and type need, and the tensors cover the data exactly. Unknown
 * entries are ignored.
 *
 * @param bytes The file's start, at least to the end of the header.
 */
export function parseHeader(
  bytes: Uint8Array,
  fileSize?: number,
): SafetensorsHeader {
  assertBytes("read safetensors", bytes);
  const dataOffset = LENGTH_BYTES + headerLength(bytes, fileSize);
  if (bytes.length < dataOffset) {
    throw new TruncatedError(
      `Cannot read the safetensors header as it must end at byte ${dataOffset}: there are ${bytes.length}`,
    );
  }
  const { __metadata__, ...entries } = parseStrictJson(
    bytes.subarray(LENGTH_BYTES, dataOffset),
    "the safetensors header",
  );
  const metadata = new Map<string, string>();
  if (__metadata__ !== undefined) {
    const texts = asObject(__metadata__, "the safetensors metadata");
    for (const [name, text] of Object.entries(texts)) {
      metadata.set(name, asString(text, `the safetensors metadata "${name}"`));
    }
  }
  const tensors = Object.entries(entries).map(([name, entry]) =>
    parseEntry(name, entry)
  );
  // Of tensors with the same offset, all but the last are empty.
  tensors.sort((a, b) => a.offset - b.offset || a.length - b.length);
  const dataLength = coveredLength(tensors);
  if (fileSize !== undefined && dataOffset + dataLength !== fileSize) {
    const isShort = fileSize < dataOffset + dataLength;
    const FileError = isShort ? TruncatedError : CorruptWeightsError;
    throw new FileError(
      `Cannot read safetensors as the file must have ${
        dataOffset + dataLength
      } bytes: it has ${fileSize}`,
    );
  }
  return { metadata, tensors, dataOffset, dataLength };
}

/** The length in bytes of the JSON after the first eight bytes, checked. */
export function headerLength(bytes: Uint8Array, fileSize?: number): number {
  if (bytes.length < LENGTH_BYTES) {
    throw new TruncatedError(
      `Cannot read safetensors as they must have >= ${LENGTH_BYTES} bytes: there are ${bytes.length}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES);
  // Above 2^53 it isn't exact, and far too large.
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw new CorruptWeightsError(
      `Cannot read the safetensors header as it must have <= ${MAX_HEADER_BYTES} bytes: it promises ${length}`,
    );
  }
  if (fileSize !== undefined && LENGTH_BYTES + length > fileSize) {
    throw new TruncatedError(
      `Cannot read the safetensors header as it must lie inside of the file's ${fileSize} bytes: it promises to end at byte ${
        LENGTH_BYTES + length
      }`,
    );
  }
  return length;
}

/** The length of the data, if each tensor starts at the end of the last. */
function coveredLength(tensors: readonly TensorEntry[]): number {
  let end = 0;
  let before = "the start of the data";
  for (const { name, offset, length } of tensors) {
    if (offset !== end) {
      const fault = offset < end ? "overlaps" : "leaves a hole after";
      throw new CorruptWeightsError(
        `Cannot read the tensor "${name}" as it must begin at byte ${end} of the data: it begins at ${offset} and ${fault} ${before}`,
      );
    }
    end += length; // Safe, as it is the end of its data_offsets.
    before = `"${name}"`;
  }
  return end;
}
