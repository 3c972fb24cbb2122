/** The bytes of a view's values, which aren't copied. */
export function asBytes<B extends ArrayBufferLike>(
  { buffer, byteOffset, byteLength }: ArrayBufferView<B>,
): Uint8Array<B> {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * The bytes that a value holds in memory: those of an `ArrayBuffer` or a view of one,
 * which aren't copied, or a copy of shared ones, which other threads may change.
 * `undefined` of anything else.
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

/**
 * The name of an object's class, also of another window's. Deno's canvases and bitmaps
 * don't say theirs.
 */
export function classOf(value: unknown): string {
  const name = Object.prototype.toString.call(value)
    .slice("[object ".length, -1);
  const constructor = (value as object | null)?.constructor;
  return name === "Object" && constructor !== undefined &&
      constructor === Reflect.get(globalThis, constructor.name)
    ? constructor.name
    : name;
}
