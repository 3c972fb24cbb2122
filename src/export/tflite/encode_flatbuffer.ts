/**
 * Encodes FlatBuffers without generated code: a table is a list of fields in schema order.
 * Items come after the items that refer to them. Large bytes come last, so that they can be
 * created when they are written (https://flatbuffers.dev/internals/).
 *
 * @module
 */
import type { LazyBytes, Part } from "../written_model.ts";

/** A field's type and value; an `undefined` field has its default. */
export type Field =
  | readonly [type: "byte" | "int" | "float", value: number]
  | readonly [type: "offset", value: Item]
  | undefined;

/** An item that a table or vector refers to. */
export type Item =
  | { readonly kind: "table"; readonly fields: readonly Field[] }
  | { readonly kind: "items"; readonly items: readonly Item[] }
  | {
    readonly kind: "bytes";
    readonly bytes: Uint8Array;
    readonly size: 1 | 4 | 8;
  }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "data"; readonly data: LazyBytes };

export const byte = (value: number): Field => ["byte", value];
export const int = (value: number): Field => ["int", value];
export const float = (value: number): Field => ["float", value];
export const offset = (value: Item): Field => ["offset", value];

export const table = (...fields: readonly Field[]): Item => ({
  kind: "table",
  fields,
});
export const vector = (items: readonly Item[]): Item => ({
  kind: "items",
  items,
});
export const text = (text: string): Item => ({ kind: "text", text });
/** A vector of bytes that are created when they are written. */
export const data = (data: LazyBytes): Item => ({ kind: "data", data });

export const ints = (values: ArrayLike<number>): Item =>
  numbers(Int32Array.from(values), 4);
export const floats = (values: ArrayLike<number>): Item =>
  numbers(Float32Array.from(values), 4);
export const longs = (values: ArrayLike<number>): Item =>
  numbers(BigInt64Array.from(Array.from(values, BigInt)), 8);

function numbers(values: ArrayBufferView, size: 4 | 8): Item {
  const { buffer, byteLength } = values;
  return { kind: "bytes", bytes: new Uint8Array(buffer, 0, byteLength), size };
}

/** Alignment of byte vectors, in bytes, so that they can be read as numbers of any type. */
const ALIGNMENT = 16;

/** Encodes a file with the root table `root`. */
export function encodeFlatbuffer(
  root: Item,
  identifier: string,
): readonly Part[] {
  const writer = new Writer();
  const start = writer.reserve(4);
  writer.put(new TextEncoder().encode(identifier));
  // A breadth-first queue instead of recursion.
  const waiting: [slot: number, item: Item][] = [[start, root]];
  const later: [slot: number, data: LazyBytes][] = [];
  for (let next; (next = waiting.shift()) !== undefined;) {
    const [slot, item] = next;
    if (item.kind === "data") later.push([slot, item.data]);
    else writer.point(slot, place(writer, item, waiting));
  }
  const parts: Part[] = [];
  let end = writer.length;
  const behind: Part[] = [];
  for (const [slot, data] of later) {
    // The bytes are aligned; their length precedes them.
    const padding = (2 * ALIGNMENT - 4 - end % ALIGNMENT) % ALIGNMENT;
    const header = new Uint8Array(padding + 4);
    new DataView(header.buffer).setUint32(padding, data.byteLength, true);
    writer.point(slot, end + padding);
    behind.push(header, data);
    end += header.length + data.byteLength;
  }
  parts.push(writer.bytes(), ...behind);
  return parts;
}

/** Writes an item and returns its position. */
function place(
  writer: Writer,
  item: Exclude<Item, { kind: "data" }>,
  waiting: [slot: number, item: Item][],
): number {
  switch (item.kind) {
    case "table":
      return placeTable(writer, item.fields, waiting);
    case "items": {
      const { items } = item;
      writer.align(4);
      const at = writer.int(items.length);
      for (const it of items) waiting.push([writer.reserve(4), it]);
      return at;
    }
    case "bytes": {
      const { bytes, size } = item;
      writer.align(size, 4);
      const at = writer.int(bytes.length / size);
      writer.put(bytes);
      return at;
    }
    case "text": {
      const bytes = new TextEncoder().encode(item.text);
      writer.align(4);
      const at = writer.int(bytes.length);
      writer.put(bytes);
      writer.put(Uint8Array.of(0));
      return at;
    }
  }
}

/** Writes a vtable, 16 bits per field, and then the fields, 32 bits each. */
function placeTable(
  writer: Writer,
  fields: readonly Field[],
  waiting: [slot: number, item: Item][],
): number {
  const given = fields.filter((it) => it !== undefined);
  const places = new Uint16Array(2 + fields.length);
  places[0] = places.byteLength;
  places[1] = 4 + 4 * given.length;
  let next = 4;
  for (const [i, field] of fields.entries()) {
    if (field === undefined) continue;
    places[2 + i] = next;
    next += 4;
  }
  writer.align(4, places.byteLength);
  const before = writer.length;
  writer.put(new Uint8Array(places.buffer));
  const at = writer.int(writer.length - before);
  for (const [type, value] of given) {
    const slot = writer.reserve(4);
    if (type === "offset") waiting.push([slot, value]);
    else writer.set(slot, type, value);
  }
  return at;
}

/** A growing byte buffer. */
class Writer {
  length = 0;
  #view = new DataView(new ArrayBuffer(2 ** 16));

  reserve(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.#view.byteLength) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }

  put(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    new Uint8Array(this.#view.buffer).set(bytes, at);
  }

  int(value: number): number {
    const at = this.reserve(4);
    this.#view.setInt32(at, value, true);
    return at;
  }

  set(at: number, type: "byte" | "int" | "float", value: number): void {
    if (type === "float") this.#view.setFloat32(at, value, true);
    else if (type === "int") this.#view.setInt32(at, value, true);
    else this.#view.setInt8(at, value);
  }

  /** Writes zeros until the position after the next `ahead` bytes is a multiple of `size`. */
  align(size: number, ahead = 0): void {
    const unit = Math.max(size, 4);
    this.reserve((unit - (this.length + ahead) % unit) % unit);
  }

  point(slot: number, to: number): void {
    this.#view.setUint32(slot, to - slot, true);
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.#view.buffer, 0, this.length);
  }
}
