import { CorruptWeightsError } from "../errors.ts";
import { TruncatedError } from "./truncated.ts";

const UTF_8 = new TextDecoder();

/**
 * The root table of a FlatBuffers file. All reads are bounds-checked, and nothing is copied
 * until it is requested.
 *
 * See https://flatbuffers.dev/internals.
 *
 * @param where Names the file in errors: `"the TFLite model"`.
 */
export function flatRoot(bytes: Uint8Array, where: string): FlatTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return new FlatTable(view, follow(view, 0, where), where);
}

/** A table. The schema defines the number, type and default of each field. */
export class FlatTable {
  readonly #view: DataView;
  readonly #where: string;
  readonly #start: number;
  readonly #length: number;
  /** The start of the vtable, which has the offsets of fields. */
  readonly #slots: number;
  readonly #slotsEnd: number;

  constructor(view: DataView, start: number, where: string) {
    this.#view = view;
    this.#where = where;
    this.#start = this.#within(start, 4);
    this.#slots = this.#within(start - view.getInt32(start, true), 4);
    this.#slotsEnd = this.#slots + view.getUint16(this.#slots, true);
    this.#length = view.getUint16(this.#slots + 2, true);
    this.#within(this.#slots, this.#slotsEnd - this.#slots);
    this.#within(start, this.#length);
  }

  /** A signed 8-bit integer, a boolean or an enum. */
  byte(field: number, absent = 0): number {
    const at = this.#find(field, 1);
    return at === undefined ? absent : this.#view.getInt8(at);
  }

  int(field: number, absent = 0): number {
    const at = this.#find(field, 4);
    return at === undefined ? absent : this.#view.getInt32(at, true);
  }

  /** A signed 64-bit integer. */
  long(field: number, absent = 0): number {
    const at = this.#find(field, 8);
    return at === undefined ? absent : long(this.#view, at);
  }

  float(field: number, absent = 0): number {
    const at = this.#find(field, 4);
    return at === undefined ? absent : this.#view.getFloat32(at, true);
  }

  table(field: number, where: string): FlatTable | undefined {
    const at = this.#find(field, 4);
    if (at === undefined) return undefined;
    return new FlatTable(this.#view, follow(this.#view, at, where), where);
  }

  /** The first `most` bytes of a string: limited, as many tables may share a long one. */
  text(field: number, most: number): string {
    return UTF_8.decode(this.bytes(field).subarray(0, most));
  }

  /** The number of values in a vector. */
  count(field: number): number {
    return this.#vector(field, 1, Infinity).count;
  }

  /** A view of a vector of bytes. */
  bytes(field: number): Uint8Array {
    const { start, count } = this.#vector(field, 1, Infinity);
    const { buffer, byteOffset } = this.#view;
    return new Uint8Array(buffer, byteOffset + start, count);
  }

  /** A vector of tables. Like the methods below, throws if it has more than `most` values. */
  tables(field: number, where: string, most: number): FlatTable[] {
    return this.#all(
      field,
      4,
      most,
      (view, at) => new FlatTable(view, follow(view, at, where), where),
    );
  }

  ints(field: number, most: number): number[] {
    return this.#all(field, 4, most, (view, at) => view.getInt32(at, true));
  }

  longs(field: number, most: number): number[] {
    return this.#all(field, 8, most, long);
  }

  floats(field: number, most: number): number[] {
    return this.#all(field, 4, most, (view, at) => view.getFloat32(at, true));
  }

  #all<T>(
    field: number,
    size: number,
    most: number,
    read: (view: DataView, at: number) => T,
  ): T[] {
    const { start, count } = this.#vector(field, size, most);
    return Array.from(
      { length: count },
      (_, i) => read(this.#view, start + i * size),
    );
  }

  #vector(field: number, size: number, most: number) {
    const at = this.#find(field, 4);
    if (at === undefined) return { start: 0, count: 0 };
    const start = follow(this.#view, at, this.#where);
    const count = this.#view.getUint32(start, true);
    if (count > most) {
      const above = most > 1 ? ", which is above any Inception-v3's" : "";
      throw fault(
        this.#where,
        `field ${field} must have <= ${most} values${above}: it has ${count}`,
      );
    }
    return { start: this.#within(start + 4, count * size), count };
  }

  /** The position of a field of `size` bytes; `undefined` if it is absent. */
  #find(field: number, size: number): number | undefined {
    const slot = this.#slots + 4 + 2 * field;
    if (slot + 2 > this.#slotsEnd) return undefined;
    const offset = this.#view.getUint16(slot, true);
    if (offset === 0) return undefined;
    if (offset + size <= this.#length) return this.#start + offset;
    throw fault(
      this.#where,
      `field ${field} must lie in its ${this.#length} bytes`,
    );
  }

  #within(at: number, size: number): number {
    return within(this.#view, at, size, this.#where);
  }
}

/** The target of the offset at `at`. At least 4 bytes must follow there. */
function follow(view: DataView, at: number, where: string): number {
  const offset = view.getUint32(within(view, at, 4, where), true);
  return within(view, at + offset, 4, where);
}

function within(view: DataView, at: number, size: number, where: string) {
  if (at >= 0 && at + size <= view.byteLength) return at;
  throw new TruncatedError(
    `Cannot read ${where} as bytes ${at} to ${
      at + size
    } must lie in the file: it has ${view.byteLength}`,
  );
}

function long(view: DataView, at: number): number {
  return Number(view.getBigInt64(at, true));
}

function fault(where: string, must: string): CorruptWeightsError {
  return new CorruptWeightsError(`Cannot read ${where} as ${must}`);
}
