/**
 * The parts of Protocol Buffers' wire format that an ONNX file needs
 * (protobuf.dev/programming-guides/encoding).
 *
 * @module
 */

import type { LazyBytes, Part } from "../written_model.ts";

/** Encoded fields, in parts. Large parts are created when they are written. */
export interface Message {
  readonly parts: readonly Part[];
  readonly byteLength: number;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** A message: the concatenation of its fields. */
export function message(...fields: readonly Message[]): Message {
  return {
    parts: fields.flatMap(({ parts }) => parts),
    byteLength: fields.reduce((sum, { byteLength }) => sum + byteLength, 0),
  };
}

/** A field with an integer >= 0 or an enum. */
export function varint(field: number, value: number): Message {
  return messageOf([...tag(field, VARINT), ...base128(value)]);
}

/** A field with a 32-bit float. */
export function float(field: number, value: number): Message {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return messageOf([...tag(field, FIXED_32), ...bytes]);
}

/** A field with text, bytes or a message. */
export function delimited(
  field: number,
  value: string | Uint8Array | LazyBytes | Message,
): Message {
  const content = typeof value === "string"
    ? messageOf(new TextEncoder().encode(value))
    : value instanceof Uint8Array
    ? messageOf(value)
    : "bytes" in value
    ? { parts: [value], byteLength: value.byteLength }
    : value;
  return message(
    messageOf([
      ...tag(field, LENGTH_DELIMITED),
      ...base128(content.byteLength),
    ]),
    content,
  );
}

/** A message as bytes. */
export function encode(
  { parts, byteLength }: Message,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(byteLength);
  let end = 0;
  for (const part of parts) {
    bytes.set(part instanceof Uint8Array ? part : part.bytes(), end);
    end += part.byteLength;
  }
  return bytes;
}

function messageOf(bytes: ArrayLike<number>): Message {
  const part = bytes instanceof Uint8Array ? bytes : Uint8Array.from(bytes);
  return { parts: [part], byteLength: part.length };
}

function tag(field: number, wireType: number): number[] {
  return base128(field * 8 + wireType);
}

/** A varint: seven bits per byte, lowest first; the top bit means that more follow. */
function base128(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) {
    bytes.push(value % 128 + 128);
  }
  return [...bytes, value];
}
