/** The bytes of a view, without copying. */
export function asBytes<B extends ArrayBufferLike>(
  { buffer, byteOffset, byteLength }: ArrayBufferView<B>,
): Uint8Array<B> {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Bytes whose `slice()` copies, unlike that of Node's `Buffer`. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : asBytes(bytes);
}

/**
 * The bytes of an `ArrayBuffer` or a view; `undefined` for other values. They are only
 * copied if they are shared, since other threads could change them.
 */
export function toBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array && value.buffer instanceof ArrayBuffer) {
    return value;
  }
  const bytes = ArrayBuffer.isView(value)
    ? asBytes(value)
    : /^(Shared)?ArrayBuffer$/.test(classOf(value))
    ? new Uint8Array(value as ArrayBuffer)
    : undefined;
  return bytes && classOf(bytes.buffer) === "SharedArrayBuffer"
    ? bytes.slice()
    : bytes;
}

/** The class name of an object, also from another realm. */
export function classOf(value: unknown): string {
  const name = Object.prototype.toString.call(value)
    .slice("[object ".length, -1);
  const constructor = (value as object | null)?.constructor;
  return name === "Object" && constructor !== undefined &&
      constructor === Reflect.get(globalThis, constructor.name)
    ? constructor.name
    : name;
}
