/**
 * TensorFlow checkpoints (`tensor_bundle.proto`): a sorted LevelDB table maps each tensor
 * to its place in files of raw values.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import { type ProtoMessage, protoMessage } from "../protobuf.ts";
import { TruncatedError } from "../truncated.ts";
import { isNumeric, readShape, sizeOf } from "./tensor_proto.ts";

/** The location of a tensor's values. */
export interface CheckpointEntry {
  readonly type: number;
  readonly shape: readonly number[];
  /** The number of the file that has them. */
  readonly shard: number;
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
}

/** The numeric tensors of a checkpoint, by key. */
export interface Checkpoint {
  readonly shards: number;
  entry(key: string): CheckpointEntry | undefined;
}

/** Size of the footer, in bytes: two handles of at most 20 bytes, and a magic number. */
const FOOTER = 48;
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];

/** Maximum size of all keys, in bytes. Inception-v3 with its optimizer has 100 KB. */
const MAX_KEYS = 2 ** 21;

/** Maximum number of files, more than any model is saved in. */
const MAX_SHARDS = 64;

/** Reads `variables.index`. */
export function readCheckpointIndex(bytes: Uint8Array): Checkpoint {
  if (
    bytes.length < FOOTER ||
    !MAGIC.every((it, i) => bytes[bytes.length - MAGIC.length + i] === it)
  ) {
    throw new TruncatedError(
      "Cannot read variables.index as it must end as LevelDB's tables do",
      "variables.index",
    );
  }
  const footer = bytes.subarray(-FOOTER);
  const [, afterMeta] = readHandle(footer, 0);
  const values = new Map<string, Uint8Array>();
  const limit = { keys: MAX_KEYS };
  for (const [, handle] of entries(blockAt(bytes, footer, afterMeta), limit)) {
    for (const [key, value] of entries(blockAt(bytes, handle, 0), limit)) {
      values.set(key, value);
    }
  }
  const header = protoMessage(
    values.get("") ?? new Uint8Array(),
    "the checkpoint's header",
  );
  const shards = header.int(1) ?? 0;
  if (!(shards >= 1 && shards <= MAX_SHARDS)) {
    throw corrupt(`its shards must be 1..${MAX_SHARDS}: they are ${shards}`);
  }
  if ((header.int(2) ?? 0) !== 0) throw corrupt("it must be little-endian");
  return {
    shards,
    entry(key) {
      const value = key === "" ? undefined : values.get(key);
      return value && readEntry(protoMessage(value, `"${key}"`), key, shards);
    },
  };
}

function readEntry(
  proto: ProtoMessage,
  key: string,
  shards: number,
): CheckpointEntry | undefined {
  const type = proto.int(1) ?? 0;
  if (!isNumeric(type)) return undefined;
  const shape = readShape(proto.message(2, `the shape of "${key}"`), key);
  const [shard, offset, size] = [3, 4, 5].map((it) => proto.int(it) ?? 0) as [
    number,
    number,
    number,
  ];
  if (proto.messages(7, "a slice", MAX_SHARDS).length > 0) {
    throw corrupt(`the variable "${key}" must not be in slices`);
  }
  const count = shape.reduce<number>((a, b) => a * (b ?? NaN), 1);
  if (
    size !== count * sizeOf(type) || offset < 0 || shard < 0 || shard >= shards
  ) {
    throw corrupt(
      `the variable "${key}" must be ${count} values of ${
        sizeOf(type)
      } bytes in one of ${shards} files: it is bytes ${offset} to ${
        offset + size
      } of file ${shard}`,
    );
  }
  return { type, shape: shape as number[], shard, offset, size };
}

/** The contents of the block that the handle at `at` in `source` points to. */
function blockAt(
  bytes: Uint8Array,
  source: Uint8Array,
  at: number,
): Uint8Array {
  const [[offset, size]] = readHandle(source, at);
  if (offset + size >= bytes.length) throw corrupt("its blocks must lie in it");
  if (bytes[offset + size] !== 0) {
    throw corrupt(
      "its blocks must not be compressed, which TensorFlow's never are",
    );
  }
  return bytes.subarray(offset, offset + size);
}

/**
 * The keys and values of a block. A key is stored without the prefix that it shares with the
 * previous key.
 */
function* entries(
  block: Uint8Array,
  limit: { keys: number },
): Generator<[key: string, value: Uint8Array]> {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const restarts = block.length < 4
    ? NaN
    : view.getUint32(block.length - 4, true);
  const end = block.length - 4 - 4 * restarts;
  if (!(end >= 0)) throw corrupt("its blocks must end with their restarts");
  let key = "";
  for (let at = 0; at < end;) {
    const [shared, unsharedAt] = varint(block, at);
    const [unshared, lengthAt] = varint(block, unsharedAt);
    const [length, keyAt] = varint(block, lengthAt);
    const valueAt = keyAt + unshared;
    at = valueAt + length;
    if (shared > key.length || at > end) {
      throw corrupt("its entries must lie in their blocks");
    }
    limit.keys -= shared + unshared;
    if (limit.keys < 0) {
      throw corrupt(`its keys must have <= ${MAX_KEYS} bytes`);
    }
    key = key.slice(0, shared) + latin1(block.subarray(keyAt, valueAt));
    yield [key, block.subarray(valueAt, at)];
  }
}

/** Reads an offset and a size. `end` is the position after them. */
function readHandle(
  bytes: Uint8Array,
  at: number,
): [handle: readonly [offset: number, size: number], end: number] {
  const [offset, sizeAt] = varint(bytes, at);
  const [size, end] = varint(bytes, sizeAt);
  return [[offset, size], end];
}

function varint(bytes: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  for (let i = 0; i < 7 && at < bytes.length; i++) {
    const byte = bytes[at++]!;
    value += (byte % 128) * 2 ** (7 * i);
    if (byte < 128) return [value, at];
  }
  throw corrupt(`a number must end before byte ${at}`);
}

/** Keys are compared as bytes. Those from Keras are ASCII. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function corrupt(must: string): CorruptWeightsError {
  return new CorruptWeightsError(`Cannot read variables.index as ${must}`);
}
