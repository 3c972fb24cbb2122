import { CorruptWeightsError } from "../errors.ts";
import { TruncatedError } from "./truncated.ts";

const TYPES: readonly number[] = [0, 1, 2, 5];
const [VARINT, FIXED_64, DELIMITED, FIXED_32] = [0, 1, 2, 5];

/** Lists of wire types, created once as fields are read very often. */
const [INT, BYTES, FLOAT] = [[VARINT], [DELIMITED], [FIXED_32]] as const;

const UTF_8 = new TextDecoder("utf-8", { fatal: true });

/** Maximum occurrences of a repeated number. Long lists are packed. */
const MAX_PARTS = 2 ** 14;

/**
 * Reads Protocol Buffers' wire format. Each method scans the message once, so a field costs
 * nothing until it is requested. A field that isn't repeated may occur only once, integers
 * must be exact in f64, and groups are refused.
 *
 * See https://protobuf.dev/programming-guides/encoding/.
 */
export function protoMessage(bytes: Uint8Array, where: string): ProtoMessage {
  return new ProtoMessage(bytes, where, 0, bytes.length);
}

/** A message, stored as a range of the file. Fields are searched on request. */
export class ProtoMessage {
  /** The whole file. Views would cost too much for the thousands of messages in a graph. */
  readonly #bytes: Uint8Array;
  readonly #where: string;
  readonly #start: number;
  readonly #end: number;
  /** The read position. */
  #at = 0;

  constructor(bytes: Uint8Array, where: string, start: number, end: number) {
    this.#bytes = bytes;
    this.#where = where;
    this.#start = start;
    this.#end = end;
  }

  /** A signed 64-bit integer, a boolean or an enum. */
  int(field: number): number | undefined {
    return this.#only(field, INT) === undefined ? undefined : this.#int();
  }

  float(field: number): number | undefined {
    const end = this.#only(field, FLOAT);
    return end === undefined ? undefined : float(this.#view(end));
  }

  bytes(field: number): Uint8Array | undefined {
    const end = this.#only(field, BYTES);
    return end === undefined ? undefined : this.#view(end);
  }

  text(field: number): string | undefined {
    const end = this.#only(field, BYTES);
    return end === undefined ? undefined : this.#text(end);
  }

  /** @param where Names the message in errors: `"the graph"`. */
  message(field: number, where: string): ProtoMessage | undefined {
    const end = this.#only(field, BYTES);
    return end === undefined ? undefined : this.#message(end, where);
  }

  /** A repeated field. Like the methods below, throws if it has more than `most` values. */
  messages(field: number, where: string, most: number): ProtoMessage[] {
    return this.#all(field, BYTES, most, (end) => this.#message(end, where));
  }

  texts(field: number, most: number): string[] {
    return this.#all(field, BYTES, most, (end) => this.#text(end));
  }

  ints(field: number, most: number): number[] {
    const values: number[] = [];
    this.#all(field, [VARINT, DELIMITED], MAX_PARTS, (end) => {
      while (this.#at < end) {
        if (values.push(this.#int()) > most) {
          throw this.#fault(`field ${field} must have <= ${most} values`);
        }
      }
      if (this.#at > end) {
        throw this.#fault(`a number must end before byte ${end}`);
      }
    });
    return values;
  }

  /** Repeated floats (4) or doubles (8), as little-endian bytes; a view if packed. */
  fixed(field: number, size: 4 | 8): Uint8Array {
    const types = [DELIMITED, size === 4 ? FIXED_32 : FIXED_64];
    const values = joined(
      this.#all(field, types, MAX_PARTS, (end) => this.#view(end)),
    );
    if (values.length % size === 0) return values;
    throw this.#fault(`field ${field} must have values of ${size} bytes`);
  }

  /** Moves to the value of a field that may occur only once, and returns its end. */
  #only(field: number, types: readonly number[]): number | undefined {
    const end = this.#seek(this.#start, field, types);
    const at = this.#at;
    if (end !== undefined && this.#seek(end, field, types) !== undefined) {
      throw this.#tooOften(field, 1);
    }
    this.#at = at;
    return end;
  }

  /** The results of `read` for each value of a field, called with `#at` at its start. */
  #all<T>(
    field: number,
    types: readonly number[],
    most: number,
    read: (end: number) => T,
  ): T[] {
    const found: T[] = [];
    let end = this.#seek(this.#start, field, types);
    while (end !== undefined) {
      if (found.length === most) throw this.#tooOften(field, most);
      found.push(read(end));
      end = this.#seek(end, field, types);
    }
    return found;
  }

  /** Moves to a field's next value from byte `end` on, and returns its end. */
  #seek(
    end: number,
    field: number,
    types: readonly number[],
  ): number | undefined {
    while (end < this.#end) {
      this.#at = end;
      const key = this.#int();
      const type = key % 8;
      const length = type === DELIMITED
        ? this.#int()
        : type === FIXED_64
        ? 8
        : 4;
      const start = this.#at;
      if (type === VARINT) this.#varint();
      end = type === VARINT ? this.#at : start + length;
      if (key < 8 || length < 0 || !TYPES.includes(type)) {
        throw this.#fault(
          `a field must begin before byte ${start}: it is damaged, or a file of another kind`,
        );
      }
      if (end > this.#end) {
        throw new TruncatedError(
          `Cannot read ${this.#where} as it must have >= ${
            end - this.#start
          } bytes: it has ${this.#end - this.#start}`,
        );
      }
      if ((key - type) / 8 !== field) continue;
      if (!types.includes(type)) {
        throw this.#fault(
          `field ${field} must be of type ${types}: it is ${type}`,
        );
      }
      this.#at = start;
      return end;
    }
    return undefined;
  }

  #tooOften(field: number, most: number): CorruptWeightsError {
    // A valid file of another network may have longer lists.
    const above = most > 1 ? ", which is above any Inception-v3's" : "";
    return this.#fault(`it must have field ${field} <= ${most} times${above}`);
  }

  #int(): number {
    const value = this.#varint();
    if (!Number.isNaN(value)) return value;
    throw this.#fault(
      `the number before byte ${this.#at} must be within +-2^53`,
    );
  }

  /** Reads the number at `#at` and moves on. Returns NaN if it isn't exact. */
  #varint(): number {
    const bytes = this.#bytes;
    let low = 0; // The lower 28 bits, enough for most numbers.
    for (let shift = 0; shift < 28 && this.#at < this.#end; shift += 7) {
      const byte = bytes[this.#at++]!;
      low |= (byte & 127) << shift;
      if (byte < 128) return low;
    }
    let high = 0; // The upper 36 bits.
    for (let i = 0; i < 6 && this.#at < this.#end; i++) {
      const byte = bytes[this.#at++]!;
      high += (byte % 128) * 2 ** (7 * i);
      if (byte > 127) continue;
      const value = (high < 2 ** 35 ? high : high - 2 ** 36) * 2 ** 28 + low;
      return high < 2 ** 36 && Number.isSafeInteger(value) ? value : NaN;
    }
    throw this.#fault(`a number must end before byte ${this.#at}`);
  }

  #message(end: number, where: string): ProtoMessage {
    return new ProtoMessage(this.#bytes, where, this.#at, end);
  }

  #view(end: number): Uint8Array {
    return this.#bytes.subarray(this.#at, end);
  }

  #text(end: number): string {
    try {
      return UTF_8.decode(this.#view(end));
    } catch {
      throw this.#fault(`the text before byte ${end} must be UTF-8`);
    }
  }

  #fault(text: string): CorruptWeightsError {
    return new CorruptWeightsError(`Cannot read ${this.#where} as ${text}`);
  }
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
