import { CorruptWeightsError } from "../errors.ts";

/** A message: a view of its bytes, in which fields are sought when they are asked for. */
export interface ProtoMessage {
  /** A whole number of 64 bits, signed; also a boolean or an enumeration. */
  int(field: number): number | undefined;
  float(field: number): number | undefined;
  bytes(field: number): Uint8Array | undefined;
  text(field: number): string | undefined;
  /** @param where What it is, for errors: `"the graph"`. */
  message(field: number, where: string): ProtoMessage | undefined;
  /** Of a repeated field, as the next ones are; more than `most` are refused. */
  messages(field: number, where: string, most: number): ProtoMessage[];
  texts(field: number, most: number): string[];
  /** The bytes of each message, for those of which there are many. */
  views(field: number, most: number): Uint8Array[];
  ints(field: number, most: number): number[];
  /** Of floats (4) or doubles (8), little-endian: a view if they are packed. */
  fixed(field: number, size: 4 | 8): Uint8Array;
}

const TYPES: readonly number[] = [0, 1, 2, 5];
const [VARINT, FIXED_64, DELIMITED, FIXED_32] = [0, 1, 2, 5];

/** Most parts of a repeated number that isn't packed: large ones are. */
const MAX_PARTS = 2 ** 14;

/**
 * Reads Protocol Buffers' wire format. Each question passes over the message once, so a
 * field costs nothing until it is asked for. A field that isn't repeated may stand once,
 * whole numbers must be exact in f64, and groups are refused.
 *
 * See https://protobuf.dev/programming-guides/encoding/.
 */
export function protoMessage(bytes: Uint8Array, where: string): ProtoMessage {
  let at = 0;
  const fault = (text: string) =>
    new CorruptWeightsError(`Cannot read ${where} as ${text}`);

  /** The number at `at`, which moves on. It is NaN if it isn't exact. */
  function varint(): number {
    let [low, high] = [0, 0]; // 28 bits, and the 36 above them.
    for (let i = 0; i < 10 && at < bytes.length; i++) {
      const byte = bytes[at++]!;
      if (i < 4) low += (byte % 128) * 2 ** (7 * i);
      else high += (byte % 128) * 2 ** (7 * i - 28);
      if (byte > 127) continue;
      const value = (high < 2 ** 35 ? high : high - 2 ** 36) * 2 ** 28 + low;
      return high < 2 ** 36 && Number.isSafeInteger(value) ? value : NaN;
    }
    throw fault(`a number must end before byte ${at}`);
  }
  function int(): number {
    const value = varint();
    if (!Number.isNaN(value)) return value;
    throw fault(`the number before byte ${at} must be within +-2^53`);
  }
  /** What `read` makes of each value of a field, with `at` at its start. */
  function all<T>(
    field: number,
    types: readonly number[],
    most: number,
    read: (end: number) => T,
  ): T[] {
    const found: T[] = [];
    for (let end = 0; end < bytes.length;) {
      at = end;
      const key = int();
      const type = key % 8;
      const length = type === DELIMITED ? int() : type === FIXED_64 ? 8 : 4;
      const start = at;
      if (type === VARINT) varint();
      end = type === VARINT ? at : start + length;
      if (key < 8 || length < 0 || !TYPES.includes(type)) {
        throw fault(`a field must begin before byte ${start}`);
      }
      if (end > bytes.length) {
        throw fault(`it must have >= ${end} bytes: it has ${bytes.length}`);
      }
      if (Math.floor(key / 8) !== field) continue;
      if (!types.includes(type)) {
        throw fault(`field ${field} must be of type ${types}: it is ${type}`);
      }
      if (found.length === most) {
        throw fault(`it must have field ${field} <= ${most} times`);
      }
      at = start;
      found.push(read(end));
    }
    return found;
  }
  const one = <T>(field: number, type: number, read: (end: number) => T) =>
    all(field, [type], 1, read)[0];
  const view = (end: number) => bytes.subarray(at, end);
  const text = (end: number) => {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(view(end));
    } catch {
      throw fault(`the text before byte ${end} must be UTF-8`);
    }
  };
  return {
    int: (field) => one(field, VARINT, int),
    float: (field) => one(field, FIXED_32, (end) => float(view(end))),
    bytes: (field) => one(field, DELIMITED, view),
    text: (field) => one(field, DELIMITED, text),
    message: (field, where) =>
      one(field, DELIMITED, (end) => protoMessage(view(end), where)),
    messages: (field, where, most) =>
      all(field, [DELIMITED], most, (end) => protoMessage(view(end), where)),
    texts: (field, most) => all(field, [DELIMITED], most, text),
    views: (field, most) => all(field, [DELIMITED], most, view),
    ints(field, most) {
      const values: number[] = [];
      all(field, [VARINT, DELIMITED], MAX_PARTS, (end) => {
        while (at < end) {
          if (values.push(int()) > most) {
            throw fault(`field ${field} must have <= ${most} values`);
          }
        }
        if (at > end) throw fault(`a number must end before byte ${end}`);
      });
      return values;
    },
    fixed(field, size) {
      const types = [DELIMITED, size === 4 ? FIXED_32 : FIXED_64];
      const values = joined(all(field, types, MAX_PARTS, view));
      if (values.length % size === 0) return values;
      throw fault(`field ${field} must have values of ${size} bytes`);
    },
  };
}

function float(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(length);
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}
